// flipd's folders: whether they are there and may be used, on what filesystems, and how much room is left.
internal import Glibc
internal import Model
internal import Platform

struct FolderLook {
    private let places: Places
    private let isRunning: Bool
    private let service: ServiceLook?

    init(_ places: Places, isRunning: Bool, _ service: ServiceLook?) {
        (self.places, self.isRunning, self.service) = (places, isRunning, service)
    }

    var findings: [Finding] { [folders, filesystems, oneDisk, leases, room] }

    private var all: [(key: String, path: Path)] {
        [("Incoming", places.incoming), ("Library", places.library), ("State", places.state)]
    }

    private var folders: Finding {
        for (key, path) in all {
            if Users.me != 0, access((path / Path(".")).text, F_OK) != 0, errno == EACCES {
                return Finding(.unknown, "folders", "\(path.text) is not open to you. Ask as root.")
            }
            guard let status = try? Files.status(of: path / Path(".")), status.kind == .folder else {
                return Finding(
                    .critical, "folders",
                    "\(path.text) is not there, or may not be looked at. Connect its disk, or change \(key)= in [Folders]."
                )
            }
        }
        guard (try? Files.exists(places.library / ".flipd-library")) ?? false else {
            return Finding(
                .critical, "folders",
                "\(places.library.text) is no archive of flipd: its marker is missing. Connect the right disk; or, if it is empty, start flipd once."
            )
        }
        for (key, path) in all where !mayWrite(path) {
            return Finding(
                .critical, "folders",
                "\(owner) may not write in \(path.text) (\(key)=). “chown \(owner) \(path.text)” lets flipd do so."
            )
        }
        return Finding(
            .well, "folders",
            "\(all.map(\.path.text).joined(separator: ", ")) are there, and \(owner) may write in them")
    }

    /// flipd's user is whoever owns the state.
    private var ownerID: UInt32? { try? Files.status(of: places.state / Path("."))?.uid }
    private var owner: String { ownerID.flatMap(Users.name) ?? ownerID.map { "user \($0)" } ?? "flipd" }

    private func mayWrite(_ path: Path) -> Bool {
        guard let ownerID, let status = try? Files.status(of: path / Path(".")) else { return false }
        if ownerID == Users.me { return access(path.text, W_OK | X_OK) == 0 }
        // As a service it has rights beyond these in the drop folder, and its groups are not known here.
        if path == places.incoming, isRunning { return true }
        return status.uid == ownerID ? status.mode & 0o300 == 0o300 : status.mode & 0o033 != 0
    }

    private var filesystems: Finding {
        let kinds = all.map { key, path in
            "\(key) on \(MountTable.mount(of: path)?.kind ?? "an unknown filesystem")"
        }
        let text = kinds.joined(separator: ", ")
        if !Filesystem.tellsEverything(places.library) || !Filesystem.tellsEverything(places.state) {
            return Finding(
                .warning, "filesystems",
                "\(text). Archive and state belong on a disk of this machine: a network may lose what it was told to keep."
            )
        }
        if !Filesystem.tellsEverything(places.incoming) {
            return Finding(
                .warning, "filesystems",
                "\(text). What happens in the drop folder is not told there, so it is looked through every few seconds, and a file is taken after half a minute without a change."
            )
        }
        return Finding(.well, "filesystems", text)
    }

    /// Where a rename works, and where it must be a copy.
    private var oneDisk: Finding {
        guard let incoming = MountTable.mount(of: places.incoming),
            let library = MountTable.mount(of: places.library)
        else {
            return Finding(
                .unknown, "one disk", "The kernel's list of mounts does not say where the folders are.")
        }
        if let service, incoming.point == library.point, !service.joins(places.incoming, places.library) {
            return Finding(
                .warning, "one disk",
                "Every file is copied when it is taken, because the service has drop folder and archive as two mounts. In one folder, such as /srv/flipd, a rename would do."
            )
        }
        if incoming.point == library.point {
            return Finding(
                .well, "one disk",
                "Taking a file costs a rename: drop folder and archive are both on \(incoming.point.text)")
        }
        return Finding(
            .warning, "one disk",
            "Every file is copied when it is taken, because the drop folder is on \(incoming.point.text) and the archive on \(library.point.text). On one mount a rename would do."
        )
    }

    private var leases: Finding {
        let setting = (try? Files.read(Path("/proc/sys/fs/leases-enable"), limit: 16))?.first
        if setting == UInt8(ascii: "0") {
            return Finding(
                .warning, "leases",
                "Leases are switched off, so files are taken after half a minute. “sysctl fs.leases-enable=1” switches them on."
            )
        }
        return Finding(.well, "leases", "It can be asked who still writes to a file")
    }

    private var room: Finding {
        guard let archive = try? Files.space(at: places.library), let state = try? Files.space(at: places.state)
        else { return Finding(.unknown, "room", "How much room is left cannot be asked.") }
        let text = "\(ByteCount.text(archive.free)) of \(ByteCount.text(archive.total)) are free"
        // What flipd leaves free for everything else; below it nothing is taken.
        let reserve = min(1 << 30, archive.total / 20)
        if archive.free <= reserve || state.free < 16 << 20 {
            return Finding(
                .critical, "room",
                "\(text), and nothing more is taken. Free some space; everything then goes on by itself.")
        }
        if archive.free < 2 * reserve || archive.free < archive.total / 20 {
            return Finding(
                .warning, "room",
                "\(text). Free some space, or get a larger disk soon: “flipctl usage” tells what takes how much."
            )
        }
        return Finding(.well, "room", text)
    }
}
