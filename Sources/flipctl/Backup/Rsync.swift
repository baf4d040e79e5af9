// Copying by rsync, so that what is there already is never touched again.
internal import Model
internal import Platform

struct Rsync {
    let library: Path
    let destination: BackupDestination
    /// Their published folders would look like the right thing there. Their originals are copied as ever: once a backup has
    /// succeeded, they may be removed.
    let damaged: [AssetID]

    struct Copied {
        var files = 0
        var bytes: Int64 = 0
    }

    /// What lives while it is copied may vanish under rsync's eyes; then it looks once more.
    private static let tries = 3
    /// rsync's own number for that.
    private static let vanished: Int32 = 24

    /// Whole files by their names, which then never change: a file that is there is never written again, so that damage
    /// here does no harm there.
    func copyTree(_ folders: [String]) throws(Failure) -> Copied {
        try copy(
            folders,
            ["--ignore-existing"]
                + damaged.flatMap {
                    [
                        "--exclude=/media/*/*/*/\($0)", "--exclude=/trash/\($0)",
                    ]
                })
    }

    /// It only grows: what is there is never written again, and a day that has lost lines here loses none there.
    func copyRecord() throws(Failure) -> Copied { try copy(["record"], ["--append"]) }

    /// What is made anew.
    func copyPlainly(_ names: [String]) throws(Failure) -> Copied { try copy(names, []) }

    private func copy(_ names: [String], _ more: [String]) throws(Failure) -> Copied {
        var copied = Copied()
        for attempt in 1... {
            let command = try RemoteShell.run(Self.words(library, destination, names, more))
            Self.add(command.output, to: &copied)
            switch command.how {
            case .exited(0): return copied
            case .exited(Self.vanished) where attempt < Self.tries: continue
            case .exited, .killed: throw Self.failure(command, destination)
            }
        }
        return copied
    }

    /// Never --delete and never --inplace. Owners are not copied: only root could give files away.
    static func words(
        _ library: Path, _ destination: BackupDestination, _ names: [String], _ more: [String]
    ) -> [String] {
        [
            "rsync", "--recursive", "--times", "--perms", "--relative", "--protect-args", "--timeout=600",
            "--temp-dir=\(SecondCopy.unfinished)", "--stats", "--no-human-readable",
            "--rsh=\(RemoteShell.words.joined(separator: " "))",
        ] + more + ["--"] + names.map { "\(library.text)/./\($0)" } + ["\(destination)/"]
    }

    private static func add(_ output: [UInt8], to copied: inout Copied) {
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let number = line.drop { !$0.isNumber }.prefix { $0.isNumber }
            if line.hasPrefix("Number of regular files transferred:") { copied.files += Int(number) ?? 0 }
            if line.hasPrefix("Total transferred file size:") { copied.bytes += Int64(number) ?? 0 }
        }
    }

    private static func failure(_ command: Program, _ destination: BackupDestination) -> Failure {
        let complaints = command.complaints
        if complaints.contains(where: { $0.contains("No space left") || $0.contains("quota exceeded") }) {
            return .failed("\(destination) is full; free some space there, or use a larger disk")
        }
        // The last line only counts what the lines before it say.
        let said = complaints.last { $0.hasPrefix("rsync: ") } ?? complaints.last ?? "it did not say why"
        return .failed("copying to \(destination) failed: \(said)")
    }
}
