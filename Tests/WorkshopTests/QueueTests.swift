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
        for place in [3, 0, 5, 1, 4, 2] { queue.add(ids[place], .previews) }
        var given: [AssetID] = []
        while let id = queue.next(.previews, at: noon) { given.append(id) }
        #expect(given == ids)
        #expect(queue.next(.transcodes, at: noon) == nil)
    }

    @Test mutating func whoeverMustWaitLetsOthersGoAhead() {
        queue.add(ids[0], .transcodes, notBefore: noon + 10)
        queue.add(ids[1], .transcodes, notBefore: noon)
        queue.add(ids[2], .previews, notBefore: noon + 5)
        #expect(queue.nextDue(after: noon) == noon + 5)
        #expect(queue.next(.transcodes, at: noon) == ids[1])
        #expect(queue.next(.transcodes, at: noon + 9.999) == nil)
        #expect(queue.nextDue(after: noon + 5) == noon + 10)
        #expect(queue.next(.transcodes, at: noon + 10) == ids[0])
        #expect(queue.nextDue(after: noon + 5) == nil)
    }

    @Test mutating func whoHasWaitedLongEnoughIsAsReadyAsTheOthers() {
        for place in [1, 4, 0] { queue.add(ids[place], .previews, notBefore: noon + Double(place)) }
        for place in [2, 3] { queue.add(ids[place], .previews) }
        #expect(queue.count(.previews) == 5)
        #expect(queue.next(.previews, at: noon) == ids[0])
        #expect(queue.next(.previews, at: noon) == ids[2])
        #expect(queue.next(.previews, at: noon + 1) == ids[1])
        #expect(queue.next(.previews, at: noon + 1) == ids[3])
        #expect(queue.nextDue(after: noon + 1) == noon + 4 && queue.count(.previews) == 1)
        queue.remove(ids[4])
        #expect(queue.nextDue(after: noon) == nil && queue.next(.previews, at: noon + 9) == nil)
    }

    @Test mutating func beingAddedAgainOnlyChangesWhen() {
        queue.add(ids[0], .previews, notBefore: noon + 10)
        queue.add(ids[0], .previews, notBefore: noon)
        #expect(queue.count(.previews) == 1)
        #expect(queue.next(.previews, at: noon) == ids[0])
        #expect(queue.next(.previews, at: noon + 100) == nil)
    }

    @Test mutating func whoIsRemovedIsInNoLine() {
        for id in ids {
            queue.add(id, .previews)
            queue.add(id, .transcodes)
        }
        queue.remove(ids[0])
        queue.remove(makeID(99))
        #expect(queue.count(.previews) == 5 && queue.count(.transcodes) == 5)
        #expect(queue.next(.transcodes, at: noon) == ids[1])
    }

    @Test mutating func photosWaitInALineOfTheirOwnByTheirNameAlone() {
        let (photo, video) = (makeSource(Path("a.HEIC")), makeSource(Path("a.MOV")))
        #expect(JobLine(.preview, of: photo) == .photos && JobLine(.preview, of: video) == .previews)
        // What it turned out to be counts from then on.
        #expect(JobLine(.transcode, of: photo) == .transcodes)
        #expect(JobLine.allCases.map(\.kind) == [.preview, .preview, .transcode])
        for id in ids.dropLast() { queue.add(id, .photos) }
        queue.add(ids[5], .previews)
        #expect(queue.next(.previews, at: noon) == ids[5] && queue.count(.photos) == 5)
    }

    @Test(arguments: [true, false])
    mutating func tenThousandAreNoBurden(_ isBackwards: Bool) {
        let many = (0..<10_000).map { makeID(Int64($0)) }
        let began = Clock.monotonic_s()
        for id in isBackwards ? many.reversed() : many { queue.add(id, .previews) }
        for id in many.prefix(100) { queue.add(id, .previews, notBefore: noon) }
        #expect(queue.count(.previews) == 10_000)
        #expect(queue.next(.previews, at: noon) == many[0])
        #expect(Clock.monotonic_s() - began < 4)
    }

    @Test func waitingDoublesUpToFiveMinutes() {
        #expect((0...8).map { retryDelay_s(afterFaults: $0) } == [5, 5, 10, 20, 40, 80, 160, 300, 300])
        #expect(retryDelay_s(afterFaults: .max) == 300 && retryDelay_s(afterFaults: -5) == 5)
    }
}
