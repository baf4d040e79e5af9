// The server over a real socket, with clients of every kind.
import Glibc
import Model
import Platform
import Status
import Testing

private let id = "019a8c5e-7d4f-7abc-8def-0123456789ab"
private let folder = "media/\(AssetID(id)?.dayFolder ?? "")/\(id)"

/// A published video of 300 KB whose bytes tell their place.
private func publish(in house: TestHouse) -> String {
    var made = house.folder
    for name in folder.split(separator: "/") {
        made += "/\(name)"
        mkdir(made, 0o755)
    }
    let text = (0..<30000).map { "\(100_000_000 + $0) " }.joined()
    let fd = open("\(made)/\(id).mp4", O_WRONLY | O_CREAT, 0o644)
    write(fd, text, text.utf8.count)
    close(fd)
    return text
}

@Suite(.serialized) struct ServerTests {
    @Test(arguments: [nil, 0, 30]) func answers(_ delay_ms: Int?) throws {
        let house = try TestHouse(answerAfter: delay_ms)
        defer { house.stop() }
        let status = curl(house, "/v1/status", "-i")
        #expect(status.contains("200 OK"))
        #expect(status.contains("Content-Type: application/json"))
        #expect(status.hasSuffix("{\"state\":\"ok\"}"))
        #expect(curl(house, "/v1/assets/\(id)/retry", "-X POST") == id)
        #expect(curl(house, "/v1/assets/\(id)/thumb", "-i").contains("Location: /media/\(id)/thumb"))
        let ambiguous = curl(house, "/v1/assets/019a8c5e", "-i")
        #expect(ambiguous.contains("409") && ambiguous.contains("{\"error\":{\"code\":\"ambiguous\",\"text\":"))
        let missing = curl(house, "/nowhere", "-i")
        #expect(missing.contains("404") && missing.contains("\"code\":\"not-found\""))
        let wrong = curl(house, "/v1/status", "-i -X DELETE")
        #expect(wrong.contains("405") && wrong.contains("Allow: GET, HEAD"))
        #expect(curl(house, "/v1/assets?limit=0", "-i").contains("400"))
        #expect(curl(house, "/v1/assets?name=" + String(repeating: "x", count: 9000), "-i").contains("414"))
        #expect(curl(house, "/v1/status", "-I").contains("Content-Length: 14"))
    }

    @Test func aFileOnItsWayIsNoAnswerThatIsOwed() throws {
        let house = try TestHouse(answerAfter: 1)
        defer { house.stop() }
        _ = publish(in: house)
        // More than fits between the two.
        let slow = RawClient(house.socketPath)
        slow.get("/\(folder)/\(id).mp4")
        #expect(slow.read(until: "\r\n\r\n").contains("200 OK"))
        #expect(wait { !house.ask(\.owesAnswers) })
    }

    @Test func sendsFilesWholeAndInParts() throws {
        let house = try TestHouse(answerAfter: 1)
        defer { house.stop() }
        let text = publish(in: house)
        let target = "/\(folder)/\(id).mp4"
        #expect(curl(house, target) == text)
        let head = curl(house, target, "-I")
        for line in [
            "200 OK", "Content-Length: 300000", "Content-Type: video/mp4", "Accept-Ranges: bytes",
            "Cache-Control: public, max-age=31536000, immutable", "X-Content-Type-Options: nosniff",
        ] {
            #expect(head.contains(line))
        }
        #expect(curl(house, target, "-r 10-19") == "100000001 ")
        #expect(curl(house, target, "-r 299990-") == "100029999 ")
        #expect(curl(house, target, "-r -10") == "100029999 ")
        let part = curl(house, target, "-i -r 10-19")
        #expect(part.contains("206 Partial") && part.contains("Content-Range: bytes 10-19/300000"))
        let outside = curl(house, target, "-i -r 300000-")
        #expect(outside.contains("416") && outside.contains("Content-Range: bytes */300000"))
        #expect(outside.contains("range-not-satisfiable"))
        let tag = head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6) ?? ""
        let known = curl(house, target, "-i -H 'If-None-Match: \(tag)'")
        #expect(known.contains("304 Not Modified") && known.hasSuffix("\r\n\r\n"))
        #expect(curl(house, target, "-H 'If-Range: \(tag)' -r 10-19") == "100000001 ")
        #expect(curl(house, target, "-H 'If-Range: \"old\"' -r 10-19") == text)
        close(creat("\(house.folder)/\(folder)/SHA256SUMS", 0o444))
        let empty = curl(house, "/\(folder)/SHA256SUMS", "-i")
        #expect(empty.contains("200 OK") && empty.contains("Content-Length: 0"))
        #expect(empty.contains("Content-Type: text/plain"))
    }

    @Test func neverLeavesTheLibrary() throws {
        let house = try TestHouse()
        defer { house.stop() }
        _ = publish(in: house)
        let inside = "\(house.folder)/\(folder)"
        symlink("/etc/passwd", "\(inside)/\(id).json")
        mkfifo("\(inside)/\(id)-poster.jpg", 0o644)
        mkdir("\(inside)/\(id)-thumb.jpg", 0o755)
        for target in [
            "/\(folder)/\(id).json", "/\(folder)/\(id)-poster.jpg", "/\(folder)/\(id)-thumb.jpg",
            "/\(folder)/\(id)-none.jpg", "/media/../../../etc/passwd", "/\(folder)/%2e%2e/%2e%2e/x",
            "/etc/passwd",
            "//etc/passwd", "/\(folder)/..%2f..%2f..%2fetc%2fpasswd",
        ] {
            let answer = curl(house, target, "-i")
            #expect(answer.contains("404 Not Found"), "\(target)")
            #expect(!answer.contains(house.folder))
        }
        let moved = house.folder + "/elsewhere"
        rename(inside, moved)
        symlink(moved, inside)
        #expect(curl(house, "/\(folder)/\(id).mp4", "-i").contains("404"))
    }

    @Test func opensOnlyBeneathItsRoot() throws {
        let house = try TestHouse()
        defer { house.stop() }
        _ = publish(in: house)
        let root = Path(house.folder)
        for path in ["", ".", "..", "/etc/passwd", "../etc", "media/../media", "media//x", "media/", "media"] {
            let error = #expect(throws: Errno.self) { _ = try MediaFile.open(Path(path), beneath: root) }
            #expect(error?.code == ENOENT, "\(path)")
        }
        let file = try MediaFile.open(Path("\(folder)/\(id).mp4"), beneath: root)
        #expect(file.bytes == 300_000)
    }

    @Test func boundsBodies() throws {
        let house = try TestHouse()
        defer { house.stop() }
        let retry = "/v1/assets/\(id)/retry"
        #expect(curl(house, retry, "-X POST -d '{\"a\":1}'") == id)
        let large = RawClient(house.socketPath)
        large.send("POST \(retry) HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
        #expect(large.read(until: "}}").contains("413"))
        let chunked = RawClient(house.socketPath)
        chunked.send("POST \(retry) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
        for _ in 0..<8 { chunked.send(piece) }
        #expect(chunked.readToEnd().isEmpty)
        #expect(curl(house, retry, "-X POST") == id)
    }

    @Test func survivesRubbish() throws {
        let house = try TestHouse()
        defer { house.stop() }
        for words in [
            "\r\n\r\n", "GET\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "GET /\0/x HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/status HTTP/1.1\r\nHost: x\r\nRange: \0\r\n\r\n",
            "POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            "GET /v1/status HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 20000),
        ] {
            let client = RawClient(house.socketPath)
            client.send(words)
            shutdown(client.fd, Int32(SHUT_WR))
            // Some of this is a beginning, which the server lets stand until it has been silent for a minute.
            client.setPatience(seconds: 1)
            _ = client.readToEnd()
        }
        #expect(curl(house, "/healthz").contains("ok"))
    }
}
