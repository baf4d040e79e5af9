// Files of the second copy, brought here one by one.
import Model
import Platform

/// Puts a file of the backup copy, by its path below the library, into staging. It throws where it cannot.
typealias Fetch = @Sendable (_ file: String, _ staged: Path) throws -> Void

/// Why another machine's copy of a file could not be had.
struct CannotFetch: Error, CustomStringConvertible {
    let description: String
}

extension BackupDestination {
    /// It waits until the file is here: for a thread that has nothing else to do.
    func fetch(_ file: String, to staged: Path) throws {
        switch self {
        case .folder(let folder):
            try Durable.copy(try Files.openForReading(folder / file), to: staged, mode: 0o644)
        case .remote:
            let words = [
                "rsync", "--protect-args", "--timeout=600", "--rsh=\(RemoteShell.words.joined(separator: " "))",
                "--", "\(self)/\(file)", staged.text,
            ]
            let rsync = try Program.run(words, environment: RemoteShell.environment)
            guard rsync.how == .exited(0) else {
                throw CannotFetch(description: rsync.complaints.last ?? "rsync did not say why")
            }
        }
    }
}
