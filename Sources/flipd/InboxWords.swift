// What is to be said of the drop folder, in the status and the journal.
import Ingest
import Model
import Platform

extension Inbox {
    /// What keeps files from being taken, or from being noticed.
    var troubles: [Reason] {
        var reasons: [Reason] = []
        if let trouble { reasons.append(Reason(code: "drop-folder", text: Self.text(of: trouble))) }
        for (path, error) in unreadable.sorted(by: { $0.key < $1.key }).prefix(Self.namedAtMost) {
            reasons.append(
                Reason(code: Problem.unreadable.rawValue, text: Self.text(ofUnreadable: path, error)))
        }
        return reasons
    }

    /// What people may want to know although nothing is wrong.
    var remarks: [Reason] {
        stillChanging.prefix(Self.namedAtMost).map { path, seconds in
            Reason(
                code: "still-changing",
                text:
                    "\(path.text) has been changing for \(Int(seconds / 60)) minutes. It is taken when its copy is finished."
            )
        }
    }

    /// More names than that help nobody.
    private static let namedAtMost = 20

    static func text(of trouble: Errno) -> String {
        if trouble.meansAbsent {
            return
                "The drop folder is not there: perhaps its disk is not connected. Connect it; everything then goes on by itself."
        }
        let reason =
            trouble.meansLimit
            ? "the system's limit of watched folders is reached; raise fs.inotify.max_user_watches"
            : trouble.reason
        return
            "The drop folder cannot be watched (\(reason)). It is looked through every few seconds instead."
    }

    static func text(ofUnreadable path: Path, _ error: Errno) -> String {
        "\(path.text) stays where it is: \(error.reason). \(Problem.unreadable.remedy)"
    }

    /// Tells the journal what happens in the drop folder itself.
    func logEverything() {
        let unreadable = Flood { count in
            Log.write(
                .needsYou, .warning,
                "\(count) more files in the drop folder cannot be read. “flipctl status” names some of them.",
                problem: .unreadable)
        }
        let drop = Announcement()
        onUnreadable = { path, error in
            guard unreadable.admits() else { return }
            Log.write(
                .unreadable, .warning, Self.text(ofUnreadable: path, error), problem: .unreadable, source: path)
        }
        onTrouble = { trouble in
            drop.becomes(trouble.map { "\($0.code)" } ?? "") {
                if let trouble {
                    Log.write(.dropFolder, .warning, Self.text(of: trouble))
                } else {
                    Log.write(.dropFolder, .notice, "The drop folder is watched again.")
                }
            }
        }
        onTidied = { folder in
            Log.write(.dropFolder, .info, "Removed the folder \(folder.text): nothing was left in it.")
        }
    }
}
