// That the last words were read is known from the outside, as nobody answers a datagram.
import Glibc
import Model
import Scratch
import Synchronization
import Testing

@testable import Platform

@Suite struct JournalTests {
    /// A socket such as the journal's.
    private func journal(at path: Path) throws -> Descriptor {
        let address = try unixAddress(path)
        let socket = try unixSocket(SOCK_DGRAM)
        try #require(withAddress(address) { bind(socket.raw, $0, $1) } == 0)
        return socket
    }

    private func send(_ text: String, to path: Path) throws {
        let (address, bytes) = (try unixAddress(path), Array(text.utf8))
        let socket = try unixSocket(SOCK_DGRAM)
        #expect(withAddress(address) { sendto(socket.raw, bytes, bytes.count, 0, $0, $1) } == bytes.count)
    }

    private final class Answer: Sendable {
        private let flag = Atomic(false)
        var isThere: Bool { flag.load(ordering: .sequentiallyConsistent) }
        func comes() { flag.store(true, ordering: .sequentiallyConsistent) }
    }

    @Test func whatWasSentIsReadOnceTheNextDatagramIs() async throws {
        let scratch = try Scratch()
        let place = scratch / "socket"
        let journal = try journal(at: place)
        try send("MESSAGE=last words", to: place)
        let answer = Answer()
        // On a thread of its own, for other tests may keep those of all.
        let asking = Task(executorPreference: try WorkThread()) {
            let hasRead = Journal.hasRead(at: place, within_s: 30)
            answer.comes()
            return hasRead
        }
        var waiting = pollfd(fd: journal.raw, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 100)
        #expect(recv(journal.raw, &bytes, bytes.count, 0) == 18)
        // Taken out of the queue, and not yet dealt with.
        #expect(poll(&waiting, 1, 10_000) == 1)
        usleep(100_000)
        #expect(!answer.isThere)
        #expect(recv(journal.raw, &bytes, bytes.count, 0) == 0)
        #expect(await asking.value)
    }

    @Test func aJournalThatDoesNotReadIsNotWaitedForLong() throws {
        let scratch = try Scratch()
        let place = scratch / "socket"
        #expect(!Journal.hasRead(at: place, within_s: 60))
        let journal = try journal(at: place)
        #expect(!Journal.hasRead(at: place, within_s: 0.1))
        // Nor one whose queue is full.
        let socket = try unixSocket(SOCK_DGRAM)
        let address = try unixAddress(place)
        while withAddress(address, { sendto(socket.raw, nil, 0, 0, $0, $1) }) == 0 {}
        #expect(errno == EAGAIN)
        #expect(!Journal.hasRead(at: place, within_s: 0.1))
        withExtendedLifetime(journal) {}
    }
}
