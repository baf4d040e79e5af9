// Reading published files again, on threads that nothing else waits for.
import Library
import Model
import Platform

actor Checking {
    private let layout: Layout
    private let libraryID: String
    private let isIdle: Bool
    private let thread: WorkThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// An idle one has time to have everything from the disk itself.
    init(layout: Layout, libraryID: String, isIdle: Bool) throws(Errno) {
        self.layout = layout
        self.libraryID = libraryID
        self.isIdle = isIdle
        thread = try WorkThread(isIdle: isIdle)
    }

    /// Without the archive's disk nothing is missing: then it says that instead.
    func check(_ asset: Asset, _ pulse: Pulse) throws -> Fixity.Check {
        let check = try Fixity.check(asset, in: layout, fromDisk: isIdle) { count throws(Errno) in
            try pulse.beat(count)
        }
        if !check.damage.isEmpty, Marker.look(layout, for: libraryID) != .ours {
            throw Fault(Refusal(.libraryMissing))
        }
        return check
    }
}
