// flipd as a service: whether systemd lets it write in the folders that its configuration names now.
internal import Glibc
internal import Model
internal import Platform

enum ServiceLook {
    private static let known = Path("/run/systemd/generator/flipd.service.d/folders.conf")
    private static let units = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"].map {
        Path("\($0)/systemd/system/flipd.service")
    }

    /// Nil where flipd is no service.
    static func finding(_ flipd: Path) -> Finding? {
        guard access("/run/systemd/system", F_OK) == 0, units.contains(where: { access($0.text, F_OK) == 0 }) else {
            return nil
        }
        let ask = try? Program.run([flipd.text, "--generate", "-"], environment: Doctor.environment)
        guard let ask, ask.how == .exited(0) else {
            return Finding(.unknown, "service", "flipd --generate cannot be run. Install flipd and flipctl together.")
        }
        let told = try? Files.read(known, limit: 1 << 20)
        if told == ask.output {
            return Finding(.well, "service", "systemd lets it write in the folders of its configuration")
        }
        return Finding(
            .warning, "service",
            "systemd does not know yet which folders flipd.conf names. Run “systemctl daemon-reload”, then “systemctl restart flipd”."
        )
    }
}
