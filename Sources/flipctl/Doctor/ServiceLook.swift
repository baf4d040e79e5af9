// flipd as a service: whether systemd lets it write in the folders that its configuration names now.
internal import Glibc
internal import Model
internal import Platform

struct ServiceLook {
    /// What the unit needs for the configuration as it is now; nil if that cannot be asked.
    private let needed: String?

    private static let known = Path("/run/systemd/generator/flipd.service.d/folders.conf")
    private static let units = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"].map {
        Path("\($0)/systemd/system/flipd.service")
    }

    /// Nil where flipd is no service.
    init?(_ flipd: Path) {
        guard access("/run/systemd/system", F_OK) == 0,
            Self.units.contains(where: { access($0.text, F_OK) == 0 })
        else { return nil }
        let ask = try? Program.run([flipd.text, "--generate", "-"], environment: Doctor.environment)
        needed = ask.flatMap { $0.how == .exited(0) ? String(decoding: $0.output, as: UTF8.self) : nil }
    }

    var finding: Finding {
        guard let needed else {
            return Finding(
                .unknown, "service", "flipd --generate cannot be run. Install flipd and flipctl together.")
        }
        let told = (try? Files.read(Self.known, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
        if told?.hasSuffix("\n" + needed) ?? false {
            return Finding(.well, "service", "systemd knows the folders of its configuration")
        }
        return Finding(
            .warning, "service",
            "systemd does not know yet which folders flipd.conf names. Run “systemctl daemon-reload”, then “systemctl restart flipd”."
        )
    }

    /// Whether the service has both in one mount; each line names one.
    func joins(_ folder: Path, _ other: Path) -> Bool {
        let lines = (needed ?? "").split(separator: "\n").filter { $0.contains("Paths=\"-") }
        let mounts = lines.map { Path(String($0.split(separator: "\"")[1].dropFirst())) }
        return mounts.contains { folder.isInside($0) && other.isInside($0) }
    }
}
