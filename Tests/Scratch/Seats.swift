// Where tests wait that block their thread: on one of their own, and some of them at a time. Swift runs as many tests as
// there are processors, on threads that nobody should keep waiting; but waiting for other programs is most of what a test
// from outside does.
internal import Glibc
internal import Platform
internal import Synchronization

package enum Seats {
    /// One more than there are processors: each waits for some of the time. With many more, workers would starve, for they
    /// get only what nobody else wants.
    private static let count = 1 + max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    private static let state = Mutex(State(free: count))

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Does the work on a thread of its own, as soon as there is a seat; `atOnce`, without one.
    package static func run(atOnce: Bool, _ work: @Sendable () async throws -> Void) async throws {
        // The thread is there before the seat: whoever gets one goes on at once, whatever else keeps Swift's own threads.
        try await withTaskExecutorPreference(try WorkThread()) {
            if !atOnce { await take() }
            defer { if !atOnce { giveBack() } }
            try await work()
        }
    }

    private static func take() async {
        await withCheckedContinuation { next in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(next)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { next.resume() }
        }
    }

    private static func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
