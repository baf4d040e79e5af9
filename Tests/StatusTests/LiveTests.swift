// Live events over a real socket: told, heard, and their readers leaving.
import Glibc
import Model
import Platform
import Status
import Testing

/// Clients that wait, leave, and watch.
@Suite(.serialized) struct LiveTests {
    @Test func manyClientsWaitAtOnce() throws {
        let house = try TestHouse(answerAfter: 200)
        defer { house.stop() }
        let clients = (0..<200).map { _ in RawClient(house.socketPath) }
        let begin = now_ms()
        for client in clients { client.get("/v1/status") }
        for client in clients { #expect(client.read(until: "ok\"}").contains("200 OK")) }
        #expect(now_ms() - begin < 5000)
        // The same connections again: an answer leaves its connection usable.
        for client in clients { client.get("/healthz") }
        for client in clients { #expect(client.read(until: "ok\"}").contains("200 OK")) }
    }

    @Test func aClientMayLeaveWhileItsAnswerIsMade() throws {
        let house = try TestHouse(answerAfter: 300)
        defer { house.stop() }
        var clients = (0..<50).map { _ in RawClient(house.socketPath) }
        for client in clients { client.get("/v1/status") }
        #expect(wait { house.askedNow == 50 })
        clients = []
        usleep(600_000)
        #expect(curl(house, "/v1/status").contains("ok"))
    }

    @Test func aRequestThatComesByteByByteIsNotWaitedForForEver() throws {
        let house = try TestHouse(patience_s: 2)
        defer { house.stop() }
        let watcher = RawClient(house.socketPath)
        watcher.get("/v1/events")
        _ = watcher.read(until: ":\n\n")
        let slow = (0..<20).map { _ in RawClient(house.socketPath) }
        let begin = now_ms()
        var open = slow.count
        while open > 0, now_ms() - begin < 10_000 {
            for client in slow { client.send("G") }
            usleep(200_000)
            open = slow.count { !$0.isClosed }
        }
        #expect(open == 0 && now_ms() - begin >= 1500)
        // Who only listens may stay.
        #expect(!watcher.isClosed)
        #expect(curl(house, "/v1/status").contains("ok"))
    }

    @Test func aClientMayStopSpeakingAndStillListen() throws {
        let house = try TestHouse(answerAfter: 50)
        defer { house.stop() }
        let client = RawClient(house.socketPath)
        client.get("/v1/status")
        shutdown(client.fd, Int32(SHUT_WR))
        #expect(client.read(until: "ok\"}").contains("200 OK"))
    }

    @Test func stoppingAnswersThoseWhoWait() throws {
        let house = try TestHouse(answerAfter: 60_000)
        let client = RawClient(house.socketPath)
        client.get("/v1/status")
        let watcher = RawClient(house.socketPath)
        watcher.get("/v1/events")
        #expect(wait { house.askedNow == 1 })
        _ = watcher.read(until: ":\n\n")
        house.stop()
        #expect(client.readToEnd().contains("503"))
        #expect(!watcher.readToEnd().contains("data"))
    }

    @Test func eventsReachAllWhoWatch() throws {
        let house = try TestHouse()
        defer { house.stop() }
        let watchers = (0..<20).map { _ in RawClient(house.socketPath) }
        for watcher in watchers {
            watcher.get("/v1/events")
            #expect(watcher.read(until: ":\n\n").contains("Content-Type: text/event-stream"))
        }
        #expect(wait { house.watchedNow == 20 })
        house.order { $0.publish(event: "asset", json: Array("{\"n\":1}".utf8)) }
        for watcher in watchers {
            #expect(watcher.read(until: "\n\n").contains("event: asset\ndata: {\"n\":1}\n\n"))
        }
        house.order { $0.heartbeat() }
        for watcher in watchers { #expect(watcher.read(until: ":\n\n").contains(":\n\n")) }
        // Others are served meanwhile.
        #expect(curl(house, "/v1/status").contains("ok"))
    }

    @Test func whoeverLeavesIsForgotten() throws {
        let house = try TestHouse()
        defer { house.stop() }
        var watchers = (0..<30).map { _ in RawClient(house.socketPath) }
        for watcher in watchers {
            watcher.get("/v1/events")
            _ = watcher.read(until: ":\n\n")
        }
        #expect(wait { house.watchedNow == 30 })
        watchers.removeLast(29)
        #expect(wait { house.watchedNow == 1 })
        house.order { server in
            server.publish(event: "count", json: Array("\(server.subscribers)".utf8))
        }
        #expect(watchers[0].read(until: "data: ").contains("data: 1"))
    }

    @Test func aSlowReaderIsDropped() throws {
        let house = try TestHouse()
        defer { house.stop() }
        let slow = RawClient(house.socketPath)
        slow.get("/v1/events")
        let quick = RawClient(house.socketPath)
        quick.get("/v1/events")
        _ = quick.read(until: ":\n\n")
        #expect(wait { house.watchedNow == 2 })
        let large = Array(("\"" + String(repeating: "x", count: 100_000) + "\"").utf8)
        for _ in 0..<30 {
            house.order { $0.publish(event: "asset", json: large) }
            _ = quick.read(until: "\"\n\n")
        }
        house.order { server in
            server.publish(event: "count", json: Array("\(server.subscribers)".utf8))
        }
        #expect(quick.read(until: "count\ndata: 1\n").contains("count\ndata: 1\n"))
        #expect(slow.readToEnd().utf8.count < 3_000_000)
    }
}
