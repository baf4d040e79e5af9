// What systemd is told of the folders that the configuration names.
import Model
import Testing

@testable import flipd

@Suite struct ServiceFoldersTests {
    private func dropIn(mounts: [String] = [], _ change: (inout Configuration) -> Void = { _ in }) -> [String] {
        var configuration = Configuration()
        change(&configuration)
        let folders = ServiceFolders(configuration: configuration, mounts: mounts.map { Path($0) })
        return folders.dropIn { $0.map { "[\($0.text)]" } }.split(separator: "\n").map(String.init)
    }

    /// Where it may write, beside its state and its socket.
    private func written(_ incoming: String, _ library: String, mounts: [String] = []) -> [String] {
        let lines = dropIn(mounts: mounts) { ($0.incoming, $0.library) = (Path(incoming), Path(library)) }
        let usual = [#"ReadWritePaths="-/var/lib/flipd""#, #"ReadWritePaths="-/run/flipd""#]
        for line in usual { #expect(lines.contains(line)) }
        return lines.filter { $0.contains("Paths=") && !usual.contains($0) }
    }

    @Test func eachDiskIsWaitedForAndNoneInsistedOn() {
        let lines = dropIn { $0.library = Path("/mnt/big disk/archive") }
        let mounts =
            "[/srv] [/srv/flipd] [/srv/flipd/incoming] [/mnt] [/mnt/big disk] [/mnt/big disk/archive] [/var] "
            + "[/var/lib] [/var/lib/flipd] [/run] [/run/flipd]"
        #expect(lines.contains("Wants=\(mounts)") && lines.contains("After=\(mounts)"))
        #expect(!lines.contains { $0.hasPrefix("Requires") || $0.hasPrefix("ProtectHome") })
    }

    /// Between two mounts no file can be renamed.
    @Test func whatStandsTogetherIsOneMount() {
        #expect(written("/srv/flipd/incoming", "/srv/flipd/library") == [#"ReadWritePaths="-/srv/flipd""#])
        #expect(written("/data/drop", "/data/archive") == [#"ReadWritePaths="-/data""#])
        #expect(written("/mnt/x/in/drop", "/mnt/x/archive") == [#"ReadWritePaths="-/mnt/x""#])
        #expect(
            written("/mnt/a/drop", "/mnt/b/archive")
                == [#"ReadWritePaths="-/mnt/a/drop""#, #"ReadWritePaths="-/mnt/b/archive""#])
        #expect(written("/drop", "/archive") == [#"ReadWritePaths="-/drop""#, #"ReadWritePaths="-/archive""#])
    }

    /// A folder in it would keep the disk in use, unseen, after it was unmounted.
    @Test func aDiskOfItsOwnIsNamedAsAWhole() {
        #expect(
            written(
                "/srv/flipd/incoming", "/mnt/big disk/archive",
                mounts: ["/", "/mnt", "/mnt/big disk", "/mnt/big"])
                == [#"ReadWritePaths="-/srv/flipd/incoming""#, #"ReadWritePaths="-/mnt/big disk""#])
        #expect(written("/srv/flipd/incoming", "/srv/flipd/library", mounts: ["/srv", "/var"]).count == 1)
    }

    @Test func whatIsBelowHomeIsShownAlone() {
        let lines = dropIn(mounts: ["/home"]) { $0.incoming = Path("/home/anna/Film") }
        #expect(lines.contains("ProtectHome=tmpfs"))
        #expect(lines.contains(#"BindPaths="-/home/anna/Film""#))
        #expect(!lines.contains { $0.hasPrefix("ReadWritePaths") && $0.contains("/home") })
        #expect(
            written("/home/anna/drop", "/home/anna/archive")
                == [#"BindPaths="-/home/anna/drop""#, #"BindPaths="-/home/anna/archive""#])
    }

    @Test func theBackupOnlyReadsTheArchive() {
        var configuration = Configuration()
        configuration.library = Path("/mnt/x/archive")
        configuration.backup = BackupDestination("/home/copy")
        #expect(
            ServiceFolders(configuration: configuration).dropInOfBackup.contains(
                #"ReadOnlyPaths="-/mnt/x/archive""#))
        #expect(
            ServiceFolders(configuration: configuration).dropInOfBackup.contains(
                #"ReadWritePaths="-/home/copy""#))
    }

    @Test func aNameIsOnlyAName() {
        let lines = dropIn { $0.library = Path("/mnt/100 % \"a\" \\b\nExecStart=/bin/false") }
        #expect(
            lines.contains(##"ReadWritePaths="-/mnt/100 %% \"a\" \\b\x0aExecStart=/bin/false""##),
            "\(lines)")
        // Names of units come from systemd-escape; here they are as the folders are.
        #expect(!lines.drop { $0 != "[Service]" }.contains { $0.hasPrefix("ExecStart") })
        #expect(written("/srv/flipd/incoming", "/") == [#"ReadWritePaths="-/srv/flipd/incoming""#])
    }
}
