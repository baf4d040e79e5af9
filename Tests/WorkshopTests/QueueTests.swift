// Which job is next, and how long faults make it wait.
import Model
import Platform
import Scratch
import Testing
import Workshop

@Suite struct QueueTests {
    private var queue = JobQueue()
    private let ids = (0..<6).map { makeID(Int64($0)) }

    @Test mutating func theOldestComesFirstWhateverTheOrder() {
        for place in [3, 0, 5, 1, 4, 2] { queue.add(ids[place], .preview) }
        var given: [AssetID] = []
        while let id = queue.next(.preview, at: noon) { given.append(id) }
        #expect(given == ids)
        #expect(queue.next(.transcode, at: noon) == nil)
    }

    @Test mutating func whoeverMustWaitLetsOthersGoAhead() {
        queue.add(ids[0], .transcode, notBefore: noon + 10)
        queue.add(ids[1], .transcode, notBefore: noon)
        queue.add(ids[2], .preview, notBefore: noon + 5)
        #expect(queue.nextDue(after: noon) == noon + 5)
        #expect(queue.next(.transcode, at: noon) == ids[1])
        #expect(queue.next(.transcode, at: noon + 9.999) == nil)
        #expect(queue.nextDue(after: noon + 5) == noon + 10)
        #expect(queue.next(.transcode, at: noon + 10) == ids[0])
        #expect(queue.nextDue(after: noon + 5) == nil)
    }

    @Test mutating func whoHasWaitedLongEnoughIsAsReadyAsTheOthers() {
        for place in [1, 4, 0] { queue.add(ids[place], .preview, notBefore: noon + Double(place)) }
        for place in [2, 3] { queue.add(ids[place], .preview) }
        #expect(queue.count(.preview) == 5)
        #expect(queue.next(.preview, at: noon) == ids[0])
        #expect(queue.next(.preview, at: noon) == ids[2])
        #expect(queue.next(.preview, at: noon + 1) == ids[1])
        #expect(queue.next(.preview, at: noon + 1) == ids[3])
        #expect(queue.nextDue(after: noon + 1) == noon + 4 && queue.count(.preview) == 1)
        queue.remove(ids[4])
        #expect(queue.nextDue(after: noon) == nil && queue.next(.preview, at: noon + 9) == nil)
    }

    @Test mutating func beingAddedAgainOnlyChangesWhen() {
        queue.add(ids[0], .preview, notBefore: noon + 10)
        queue.add(ids[0], .preview, notBefore: noon)
        #expect(queue.count(.preview) == 1)
        #expect(queue.next(.preview, at: noon) == ids[0])
        #expect(queue.next(.preview, at: noon + 100) == nil)
    }

    @Test mutating func whoIsRemovedIsInNoLine() {
        for id in ids {
            queue.add(id, .preview)
            queue.add(id, .transcode)
        }
        queue.remove(ids[0])
        queue.remove(makeID(99))
        #expect(queue.count(.preview) == 5 && queue.count(.transcode) == 5)
        #expect(queue.next(.transcode, at: noon) == ids[1])
    }

    @Test(arguments: [true, false])
    mutating func tenThousandAreNoBurden(_ isBackwards: Bool) {
        let many = (0..<10_000).map { makeID(Int64($0)) }
        let began = Clock.monotonic_s()
        for id in isBackwards ? many.reversed() : many { queue.add(id, .preview) }
        for id in many.prefix(100) { queue.add(id, .preview, notBefore: noon) }
        #expect(queue.count(.preview) == 10_000)
        #expect(queue.next(.preview, at: noon) == many[0])
        #expect(Clock.monotonic_s() - began < 4)
    }

    @Test func waitingDoublesUpToFiveMinutes() {
        #expect((0...8).map { retryDelay_s(afterFaults: $0) } == [5, 5, 10, 20, 40, 80, 160, 300, 300])
        #expect(retryDelay_s(afterFaults: .max) == 300 && retryDelay_s(afterFaults: -5) == 5)
    }
}
