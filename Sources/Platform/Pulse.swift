// How far long work on one thread is, for others that wait for it; and how they tell it to stop.
internal import Synchronization

/// How many bytes long work has read.
package final class Pulse: Sendable {
    private let count = Atomic<Int64>(0)
    private let isOver = Atomic<Bool>(false)

    package init() {}

    package var bytes: Int64 { count.load(ordering: .relaxed) }
    package var isStopped: Bool { isOver.load(ordering: .relaxed) }
    package func stop() { isOver.store(true, ordering: .relaxed) }

    package func beat(_ bytes: Int) throws(Errno) {
        count.add(Int64(bytes), ordering: .relaxed)
        if isStopped { throw .stopped }
    }
}
