// The service may only write where its unit says so. systemd asks here (`flipd-generator`) which folders the configuration
// names, each time it reads its units, so that nobody has to say it twice.
import Glibc
import Model
import Platform

struct ServiceFolders {
    let configuration: Configuration
    /// Where disks are mounted, now or later.
    var mounts = MountTable.planned()

    /// Writes the drop-ins of flipd's services below the folder that systemd handed its generators, or says that of flipd.service
    /// where it is “-”, for `doctor`. A mistake in the configuration is told at flipd's start, not here.
    func generate(into place: String) -> Int32 {
        let text = dropIn(mountUnits: Self.mountUnits)
        if place == "-" { return say(text, ending: "", to: STDOUT_FILENO) }
        do throws(Errno) {
            try Self.write(text, for: "flipd.service", into: Path(place))
            try Self.write(dropInOfBackup, for: "flipd-backup.service", into: Path(place))
            return ExitCode.done
        } catch {
            say("flipd: \(place) cannot be written (\(error.reason)).", to: STDERR_FILENO)
            return ExitCode.failed
        }
    }

    private static func write(_ text: String, for unit: String, into generated: Path) throws(Errno) {
        let folder = generated / Path(unit + ".d")
        try Files.makeFolders(folder)
        let file = try Files.create(folder / "folders.conf", mode: 0o644)
        try Files.write((Self.heading + text).utf8, to: file)
        try file.close()
    }

    static let heading = "# Made from flipd.conf by “systemctl daemon-reload”.\n"

    // MARK: What they say

    /// Each folder's disk is waited for, and none is insisted on: flipd says itself what is missing, and goes on when it comes.
    func dropIn(mountUnits: ([Path]) -> [String]) -> String {
        let folders = [
            configuration.incoming, configuration.library, configuration.state, configuration.socket.parent,
        ].unique
        let units = mountUnits(folders.flatMap(\.ancestors).unique)
        let (hidden, others) = (places.filter(Self.isHidden), places.filter { !Self.isHidden($0) })
        var lines: [String] = []
        if !units.isEmpty {
            lines += [
                "[Unit]", "Wants=" + units.joined(separator: " "), "After=" + units.joined(separator: " "),
            ]
        }
        lines.append("[Service]")
        lines += others.map { "ReadWritePaths=" + Self.quoted("-" + $0.text) }
        if !hidden.isEmpty {
            // What else is there stays out of sight.
            lines += ["ProtectHome=tmpfs"] + hidden.map { "BindPaths=" + Self.quoted("-" + $0.text) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A backup reads the archive, and cannot harm it. Its destination may be where other services must not write.
    var dropInOfBackup: String {
        var text = "[Service]\nReadOnlyPaths=" + Self.quoted("-" + configuration.library.text) + "\n"
        if case .folder(let copy) = configuration.backup, Self.isHidden(copy) {
            text += "ReadWritePaths=" + Self.quoted("-" + copy.text) + "\n"
        }
        return text
    }

    /// Where the service writes. Whole disks where they are mounted for it: a folder in one would be a mount of its own in the
    /// service, which keeps the disk in use after it was unmounted outside. And what drop folder and library have in common,
    /// because between two mounts no file can be renamed.
    private var places: [Path] {
        var both = [configuration.incoming, configuration.library].map(disk)
        let common = both[0].common(with: both[1])
        if !Self.isEverybodys(common) { both = [common] }
        return (both + [configuration.state, configuration.socket.parent]).unique.filter {
            !$0.components.isEmpty
        }
    }

    private func disk(of folder: Path) -> Path {
        let holding = mounts.filter { folder.isInside($0) && !Self.isEverybodys($0) }
        return holding.max { $0.bytes.count < $1.bytes.count } ?? folder
    }

    /// Folders that hold much that is none of flipd's business.
    private static func isEverybodys(_ folder: Path) -> Bool {
        let names = [
            "/boot", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var",
        ]
        let isHome = folder.parent == Path("/home")
        return isHome || folder.components.isEmpty || names.contains { folder == Path($0) }
    }

    /// What `ProtectHome=` takes out of the service's sight.
    private static func isHidden(_ folder: Path) -> Bool {
        ["/home", "/root", "/run/user"].contains { folder.isInside(Path($0)) }
    }

    // MARK: How a unit file says it

    /// One word of a unit file. A path that is no UTF-8 cannot stand in one.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "%": "%%"
            case "\"", "\\": "\\" + String(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                "\\x" + hexadecimal(UInt8(scalar.value))
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
        else {
            say("flipd: systemd-escape failed, so that flipd.service waits for no disk.", to: STDERR_FILENO)
            return []
        }
        return String(decoding: told.output, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(
            String.init)
    }
}

extension Path {
    /// From below the root to itself: every place at which a disk may be mounted.
    fileprivate var ancestors: [Path] {
        components.indices.map { components[...$0].reduce(Path("/"), /) }
    }

    /// The deepest folder that holds both.
    fileprivate func common(with other: Path) -> Path {
        zip(components, other.components).prefix { $0 == $1 }.map(\.0).reduce(Path("/"), /)
    }
}
