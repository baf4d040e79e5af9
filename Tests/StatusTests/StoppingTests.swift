// A server that stops, while another process holds its listener for the next one.
import Glibc
import Status
import Testing

@Suite struct StoppingTests {
    @Test func whoCameBeforeIsAnsweredAndWhoComesAfterWaitsForTheNext() throws {
        let house = try TestHouse(answerAfter: 50)
        defer { house.stop() }
        let watcher = RawClient(house.socketPath)
        watcher.get("/v1/events")
        _ = watcher.read(until: ":\n\n")
        let asking = RawClient(house.socketPath)
        asking.get("/v1/status")
        let silent = RawClient(house.socketPath)
        #expect(
            house.ask {
                $0.stopListening()
                return $0.owesAnswers
            })
        #expect(watcher.read(until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
        let late = RawClient(house.socketPath)
        late.get("/v1/status")
        #expect(asking.read(until: "ok\"}").contains("200 OK"))
        // It was connected, and had not asked yet.
        #expect(house.ask(\.owesAnswers))
        silent.get("/v1/status")
        #expect(silent.read(until: "ok\"}").contains("200 OK"))
        #expect(wait { !house.ask(\.owesAnswers) })

        _ = house.ask {
            $0.stop()
            return true
        }
        // With all that it asked, the latecomer is there for whoever accepts next.
        let next = accept(house.held, nil, nil)
        #expect(next >= 0)
        var bytes = [UInt8](repeating: 0, count: 14)
        recv(next, &bytes, bytes.count, 0)
        close(next)
        #expect(String(decoding: bytes, as: UTF8.self) == "GET /v1/status")
        #expect(house.askedNow == 2)
    }

    @Test func whoeverConnectsAndSaysNothingIsNotWaitedForLong() throws {
        let house = try TestHouse()
        defer { house.stop() }
        let silent = RawClient(house.socketPath)
        #expect(
            house.ask {
                $0.stopListening()
                return $0.owesAnswers
            })
        #expect(wait { !house.ask(\.owesAnswers) })
        #expect(!silent.isClosed)
    }
}
