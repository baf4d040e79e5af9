// What systemd is told of the folders that the configuration names.
import Model
import Testing

@testable import flipd

@Suite struct ServiceFoldersTests {
    private func dropIn(_ change: (inout Configuration) -> Void = { _ in }) -> [String] {
        var configuration = Configuration()
        change(&configuration)
        let text = ServiceFolders.dropIn(configuration) { $0.map { "[\($0.text)]" } }
        return text.split(separator: "\n").map(String.init)
    }

    @Test func eachFolderMayBeWrittenAndItsDiskIsWaitedFor() {
        let lines = dropIn { $0.library = Path("/mnt/big disk/archive") }
        #expect(lines.contains(#"ReadWritePaths="-/mnt/big disk/archive""#))
        #expect(lines.contains(#"ReadWritePaths="-/srv/flipd/incoming""#))
        #expect(lines.contains(#"ReadWritePaths="-/var/lib/flipd""#))
        let mounts =
            "[/srv] [/srv/flipd] [/srv/flipd/incoming] [/mnt] [/mnt/big disk] [/mnt/big disk/archive] [/var] "
            + "[/var/lib] [/var/lib/flipd] [/run] [/run/flipd]"
        // Wanted, not required: flipd itself says what is missing, and goes on when it comes.
        #expect(lines.contains("Wants=\(mounts)") && lines.contains("After=\(mounts)"))
        #expect(!lines.contains { $0.hasPrefix("ProtectHome") })
    }

    /// Between two mounts no file can be renamed.
    @Test func sideBySideTheyAreOneMount() {
        let lines = dropIn { ($0.incoming, $0.library) = (Path("/mnt/big/drop"), Path("/mnt/big/archive")) }
        #expect(lines.contains(#"ReadWritePaths="-/mnt/big""#))
        #expect(lines.filter { $0.hasPrefix("ReadWritePaths") }.count == 3)
        let roots = dropIn { ($0.incoming, $0.library) = (Path("/drop"), Path("/archive")) }
        #expect(roots.contains(#"ReadWritePaths="-/drop""#) && roots.contains(#"ReadWritePaths="-/archive""#))
    }

    @Test func whatIsBelowHomeIsShownAlone() {
        let lines = dropIn { $0.incoming = Path("/home/anna/Film") }
        #expect(lines.contains("ProtectHome=tmpfs"))
        #expect(lines.contains(#"BindPaths="-/home/anna/Film""#))
        #expect(!lines.contains { $0.hasPrefix("ReadWritePaths") && $0.contains("/home") })
    }

    @Test func aNameIsOnlyAName() {
        let lines = dropIn { $0.library = Path("/mnt/100 % \"a\" \\b\nExecStart=/bin/false") }
        #expect(
            lines.contains(##"ReadWritePaths="-/mnt/100 %% \"a\" \\b\x0aExecStart=/bin/false""##),
            "\(lines)")
        // Names of units come from systemd-escape; here they are as the folders are.
        #expect(!lines.drop { $0 != "[Service]" }.contains { $0.hasPrefix("ExecStart") })
    }
}
