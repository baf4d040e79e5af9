// A thread of our own that runs the work of actors: blocking calls belong here, never on the loop and never on
// Swift's default pool, whose first use starts a timer that wakes the process every second.
internal import CLinux
internal import Glibc
internal import Synchronization

package final class WorkThread: SerialExecutor, TaskExecutor {
    private let queue = Mutex<[UnownedJob]>([])
    private let bell: Descriptor
    private let isIdle: Bool

    /// An idle one gets only what nobody else wants of processor and disk, for good: there is no way back without rights.
    package init(isIdle: Bool = false) throws(Errno) {
        self.isIdle = isIdle
        bell = Descriptor(adopting: try system("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) })
        var thread = pthread_t()
        // The thread lives as long as the process, and so does this object.
        let me = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(&thread, nil, workThreadMain, me)
        if code != 0 { throw Errno(code, "start a thread") }
        pthread_detach(thread)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = queue.withLock { queue in
            queue.append(job)
            return queue.count == 1
        }
        if isFirst { ring(bell.raw) }
    }

    fileprivate func run() -> Never {
        if isIdle {
            // Zero is the thread that calls. Not worth failing for: containers refuse some.
            _ = flip_idle_scheduling(0)
            _ = flip_idle_io(0)
        }
        while true {
            waitForRing(bell.raw)
            let jobs = queue.withLock { queue in
                defer { queue.removeAll(keepingCapacity: true) }
                return queue
            }
            for job in jobs {
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
        }
    }
}

// A C callback is a function of its own: a closure here would take its isolation from where it is written.
private func workThreadMain(_ me: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let me else { return nil }
    Unmanaged<WorkThread>.fromOpaque(me).takeUnretainedValue().run()
}

/// Rings an eventfd.
func ring(_ bell: Int32) {
    var one: UInt64 = 1
    _ = write(bell, &one, 8)
}

/// Hears an eventfd: all rings since the last time count as one.
func waitForRing(_ bell: Int32) {
    var rings: UInt64 = 0
    _ = read(bell, &rings, 8)
}
