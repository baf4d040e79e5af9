// The loop: libsystemd's event loop on the main thread, as the executor of everything that is `@Loop`.
// Ordinary async code then runs beside descriptors, signals, timers and the watchdog, on one thread.
internal import CLinux
internal import CSystemd
internal import Glibc
internal import Synchronization

@globalActor
package actor Loop {
    package static let shared = Loop()
    package static let executor = LoopExecutor()

    nonisolated package var unownedExecutor: UnownedSerialExecutor { Loop.executor.asUnownedSerialExecutor() }

    /// Starts a task on the loop. `Task { }` alone would begin on the default pool, which is never used.
    @discardableResult
    package static func task(_ work: @escaping @Loop @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor) { await work() }
    }

    /// Runs `work` at once, on the loop's thread, from a callback that is no task.
    package static func assumeIsolated(_ work: @Loop () -> Void) {
        executor.checkIsolated()
        withoutActuallyEscaping(work) { work in
            // Only the actor is dropped from the type.
            unsafeBitCast(work, to: (() -> Void).self)()  // Sound, because the thread was checked above.
        }
    }

    package static func sleep(seconds: Double) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Loop.task {
                // The source is kept by its own handler until it has fired.
                var timer: EventSource?
                timer = EventSource.timer(after_s: seconds) {
                    timer = nil
                    continuation.resume()
                }
                if timer == nil { continuation.resume() }
            }
        }
    }
}

package final class LoopExecutor: SerialExecutor, TaskExecutor {
    // sd-event is not thread-safe.
    nonisolated(unsafe) let event: OpaquePointer  // Safe because only the loop's thread touches it.
    private let queue = Mutex<[UnownedJob]>([])
    private let bell: Int32
    private let thread = flip_thread_id()

    init() {
        var made: OpaquePointer?
        bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard sd_event_default(&made) >= 0, let made, bell >= 0 else {
            fatalError("no event loop, because the system has no descriptors or memory left")
        }
        event = made
        let me = Unmanaged.passUnretained(self).toOpaque()
        sd_event_add_io(event, nil, bell, UInt32(EPOLLIN.rawValue), loopBellRang, me)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = queue.withLock { queue in
            queue.append(job)
            return queue.count == 1
        }
        if isFirst { ring(bell) }
    }

    fileprivate func runJobs() {
        waitForRing(bell)
        let jobs = queue.withLock { queue in
            defer { queue.removeAll(keepingCapacity: true) }
            return queue
        }
        for job in jobs {
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    package func checkIsolated() { precondition(flip_thread_id() == thread) }
    package func isIsolatingCurrentContext() -> Bool? { flip_thread_id() == thread }

    /// Turns the loop until `exit` is called, on the thread that made this executor.
    package func run() -> Int32 { sd_event_loop(event) }

    /// Ends `run` with this code.
    @Loop package func exit(_ code: Int32) { sd_event_exit(event, code) }

    /// Answers systemd's watchdog from the loop, so that a stuck loop is noticed. Without a watchdog it does nothing.
    @Loop package func answerWatchdog() { sd_event_set_watchdog(event, 1) }
}

private func loopBellRang(
    _: OpaquePointer?, _: Int32, _: UInt32, _ me: UnsafeMutableRawPointer?
) -> Int32 {
    if let me { Unmanaged<LoopExecutor>.fromOpaque(me).takeUnretainedValue().runJobs() }
    return 0
}
