// The service may only write where its unit says so. systemd asks here (`flipd-generator`) which folders the configuration
// names, each time it reads its units, so that nobody has to say it twice.
import Glibc
import Model
import Platform

enum ServiceFolders {
    /// Writes the drop-in of `flipd.service` below the folder that systemd handed its generators, or says it where that is “-”,
    /// for `doctor`. A mistake in the configuration is told at flipd's start, not here.
    static func generate(into place: String, _ configuration: Configuration) -> Int32 {
        let text = dropIn(configuration, mountUnits: mountUnits)
        if place == "-" { return say(text, ending: "", to: STDOUT_FILENO) }
        let folder = Path(place) / "flipd.service.d"
        do throws(Errno) {
            try Files.makeFolders(folder)
            let file = try Files.create(folder / "folders.conf", mode: 0o644)
            try Files.write(text.utf8, to: file)
            try file.close()
            return ExitCode.done
        } catch {
            say("flipd: \(folder.text) cannot be written (\(error.reason)).", to: STDERR_FILENO)
            return ExitCode.failed
        }
    }

    /// Each folder's disk is waited for, and none is insisted on: flipd says itself what is missing, and goes on when it comes.
    static func dropIn(_ configuration: Configuration, mountUnits: ([Path]) -> [String]) -> String {
        let folders = [
            configuration.incoming, configuration.library, configuration.state, configuration.socket.parent,
        ].unique
        let mounts = mountUnits(folders.flatMap(\.ancestors).unique)
        let places = together(configuration) + [configuration.state, configuration.socket.parent]
        let (hidden, others) = (places.filter(isHidden), places.filter { !isHidden($0) })
        var lines = ["# Made from flipd.conf by “systemctl daemon-reload”."]
        if !mounts.isEmpty {
            lines += [
                "[Unit]", "Wants=" + mounts.joined(separator: " "), "After=" + mounts.joined(separator: " "),
            ]
        }
        lines.append("[Service]")
        lines += others.map { "ReadWritePaths=" + quoted("-" + $0.text) }
        if !hidden.isEmpty {
            // What else is there stays out of sight.
            lines += ["ProtectHome=tmpfs"] + hidden.map { "BindPaths=" + quoted("-" + $0.text) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Drop folder and library. Where they stand side by side, what holds both: as two mounts they could not be renamed between.
    private static func together(_ configuration: Configuration) -> [Path] {
        let (incoming, library) = (configuration.incoming, configuration.library)
        let isEverything = incoming.parent.components.count < (isHidden(incoming) ? 3 : 2)
        return incoming.parent == library.parent && !isEverything ? [incoming.parent] : [incoming, library]
    }

    /// What `ProtectHome=` takes out of the service's sight.
    private static func isHidden(_ folder: Path) -> Bool {
        ["/home", "/root", "/run/user"].contains { folder.isInside(Path($0)) }
    }

    /// One word of a unit file. A path that is no UTF-8 cannot stand in one.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "%": "%%"
            case "\"", "\\": "\\" + String(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: "\\x" + hexadecimal(UInt8(scalar.value))
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// The names by which systemd knows mounts at these places, whether there are any or not.
    private static func mountUnits(_ places: [Path]) -> [String] {
        let words = ["systemd-escape", "--path", "--suffix=mount"] + places.map(\.text)
        guard let told = try? Program.run(words, environment: Program.plainEnvironment), told.how == .exited(0)
        else { return [] }
        return String(decoding: told.output, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(
            String.init)
    }
}

extension Path {
    /// From below the root to itself: every place at which a disk may be mounted.
    fileprivate var ancestors: [Path] {
        components.indices.map { components[...$0].reduce(Path("/"), /) }
    }
}
