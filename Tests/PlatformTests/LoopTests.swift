// The loop belongs to the thread that first touches it, so that each of these runs in a process of its own.
import Glibc
import Model
import Platform
import Testing

/// Turns the loop of this process for one piece of work; its answer is the process's exit code.
private func turnLoop(_ work: @escaping @Loop @Sendable () async -> Bool) {
    Signals.prepare()
    _ = Loop.executor
    Loop.task { Loop.executor.exit(await work() ? 0 : 1) }
    exit(Loop.executor.run())
}

@Loop private var fired: [Int] = []
@Loop private var sources: [EventSource?] = []

private actor Elsewhere {
    private let thread: WorkThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    init() throws { thread = try WorkThread() }
    func threadName() -> pthread_t { pthread_self() }
    func add(_ number: Int) -> Int {
        sum += number
        return sum
    }
    private var sum = 0
}

@Suite struct LoopTests {
    @Test func everythingOnTheLoopRunsOnOneThread() async {
        await #expect(processExitsWith: .success) {
            turnLoop {
                let me = pthread_self()
                guard let elsewhere = try? Elsewhere() else { return false }
                let theirs = await elsewhere.threadName()
                var isSame = pthread_self() == me && theirs != me
                for _ in 0..<100 {
                    await Loop.sleep(seconds: 0)
                    isSame = isSame && pthread_self() == me
                    let again = await elsewhere.threadName()
                    isSame = isSame && again == theirs && pthread_self() == me
                }
                return isSame
            }
        }
    }

    @Test func timersFireInTheirOrder() async {
        await #expect(processExitsWith: .success) {
            turnLoop {
                for number in [3, 1, 2] {
                    sources.append(.timer(after_s: 0.4 * Double(number)) { fired.append(number) })
                }
                sources.append(.timer(after_s: 0.01) { sources[0] = nil })
                while fired.count < 2 { await Loop.sleep(seconds: 0.01) }
                await Loop.sleep(seconds: 0.6)
                return fired == [1, 2]
            }
        }
    }

    @Test func descriptorsAndSignalsWakeIt() async {
        await #expect(processExitsWith: .success) {
            turnLoop {
                guard var pipe = try? Pipe(), let reading = pipe.reading.take(),
                    let writing = pipe.writing.take()
                else { return false }
                let number = reading.raw
                sources.append(
                    .descriptor(number) {
                        var byte: UInt8 = 0
                        _ = Glibc.read(number, &byte, 1)
                        fired.append(Int(byte))
                    })
                sources.append(.signal(Signals.reload) { fired.append(-1) })
                try? Files.write([7], to: writing)
                while fired.isEmpty { await Loop.sleep(seconds: 0.005) }
                // To this thread alone, for the test runner's own threads do not block it.
                pthread_kill(pthread_self(), Signals.reload)
                while fired.count < 2 { await Loop.sleep(seconds: 0.005) }
                return fired == [7, -1]
            }
        }
    }

    @Test func anActorOnAThreadOfItsOwnDoesOneThingAfterAnother() async throws {
        let elsewhere = try Elsewhere()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<500 { group.addTask { _ = await elsewhere.add(1) } }
        }
        #expect(await elsewhere.add(0) == 500)
    }

    @Test func theDefaultPoolIsNeverWoken() async {
        await #expect(processExitsWith: .success) {
            let before = (try? Files.list(Path("/proc/self/task")).count) ?? 0
            turnLoop {
                guard let elsewhere = try? Elsewhere() else { return false }
                for number in 0..<200 {
                    _ = await elsewhere.add(number)
                    await Loop.sleep(seconds: 0)
                }
                let after = (try? Files.list(Path("/proc/self/task")).count) ?? 99
                // Only the actor's own thread came.
                return after <= before + 1
            }
        }
    }
}
