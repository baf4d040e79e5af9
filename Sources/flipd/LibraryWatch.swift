// Whether the library is in its place, noticed without looking: by events of its folder and of the kernel's mounts. While
// it is missing it is looked for.
import Library
import Model
import Platform

@Loop
final class LibraryWatch {
    enum Presence: Hashable {
        case there
        case missing
        /// Another library stands in its place.
        case another(id: String)
        case unreadable(Errno)
        /// The ledger is empty and the library is not.
        case needsRebuild
        /// Another flipd works on it.
        case taken

        var reason: Reason? {
            switch self {
            case .there: nil
            case .missing: Reason(code: Problem.libraryMissing.rawValue, text: Self.text(.libraryMissing))
            case .another(let id):
                Reason(
                    code: Problem.libraryMissing.rawValue,
                    text:
                        "Another archive (\(id)) stands where this one should be. Connect the right disk. Everything then goes on by itself."
                )
            case .unreadable(let error):
                Reason(
                    code: Problem.ioError.rawValue,
                    text: "The archive cannot be read (\(error.reason)). \(Problem.ioError.remedy)")
            case .needsRebuild:
                Reason(
                    code: "ledger-empty",
                    text:
                        "The archive is not empty, but the ledger is. Stop flipd, run flipd --rebuild, and start it again."
                )
            case .taken:
                Reason(
                    code: "library-locked",
                    text: "Another flipd works on this archive. Stop it, and this one goes on.")
            }
        }

        private static func text(_ problem: Problem) -> String { "\(problem.sentence) \(problem.remedy)" }
    }

    let layout: Layout
    private let libraryID: String?
    private(set) var presence: Presence = .missing
    private var onChange: @Loop (Presence) -> Void = { _ in }

    private var lock: Lock?
    private var inotify: Inotify?
    private var folderSource: EventSource?
    private var mounts: MountWatch?
    private var lookTimer: EventSource?

    /// While the library is missing it is looked for this often.
    private static let lookAgain_s = 1.0

    /// Without an id the ledger knows no library, and the one in this place is not its own.
    init(layout: Layout, libraryID: String?) {
        self.layout = layout
        self.libraryID = libraryID
    }

    /// Looks once, and from then on calls at every change.
    func start(_ onChange: @escaping @Loop (Presence) -> Void) {
        mounts = try? MountWatch { [weak self] in self?.look() }
        look()
        self.onChange = onChange
    }

    /// Looks now. Whoever asks for the status is told how it is, not how it was.
    func look() {
        let found = find()
        if found == .there, folderSource == nil { listen() }
        if found != .there {
            folderSource = nil
            inotify = nil
        }
        lookTimer =
            found == .there || libraryID == nil
            ? nil : EventSource.timer(after_s: Self.lookAgain_s) { [weak self] in self?.look() }
        if found == presence { return }
        presence = found
        onChange(found)
    }

    private func find() -> Presence {
        guard let libraryID else { return .needsRebuild }
        switch Marker.look(layout, for: libraryID) {
        case .ours: break
        case .missing: return lose(.missing)
        case .another(let id): return lose(.another(id: id))
        case .unreadable(let error): return lose(.unreadable(error))
        }
        do throws(Errno) {
            let marker = try Files.status(of: layout.marker)
            if let held = try lock?.status(), held.inode == marker?.inode, held.device == marker?.device {
                return .there
            }
            lock = nil
            lock = try Lock.take(layout.marker)
            return lock == nil ? .taken : .there
        } catch {
            return .unreadable(error)
        }
    }

    /// The lock is let go, so that a disk can be taken away.
    private func lose(_ presence: Presence) -> Presence {
        lock = nil
        return presence
    }

    private func listen() {
        guard let made = try? Inotify(), (try? made.watch(layout.root, followingLinks: true)) != nil else {
            return
        }
        let descriptor = made.descriptor
        inotify = consume made
        folderSource = EventSource.descriptor(descriptor) { [weak self] in
            _ = try? self?.inotify?.read()
            self?.look()
            // A folder that was moved or deleted is not watched any more, whatever stands in its place.
            if self?.presence == .there { self?.listen() }
        }
    }
}
