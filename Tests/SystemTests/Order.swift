// What docs/stages.md promises of a library at rest, looked at from outside and told in words.
import Foundation
import Testing

extension Flipd {
    /// What the socket says, without another program, for tests ask many times a second; nil while there is nobody.
    func ask(_ path: String) -> (status: Substring, body: Data)? {
        let socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let place = root.appendingPathComponent("run/status.sock").path.utf8
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: place) }
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        let handle = FileHandle(fileDescriptor: socket, closeOnDealloc: false)
        let question = "GET \(path) HTTP/1.1\r\nHost: flipd\r\nConnection: close\r\n\r\n"
        guard isConnected, Foundation.send(socket, question, question.utf8.count, Int32(MSG_NOSIGNAL)) > 0,
            let said = try? handle.readToEnd(), let head = said.range(of: Data("\r\n\r\n".utf8))
        else { return nil }
        let line = String(decoding: said[..<head.lowerBound], as: UTF8.self)
        return (line.dropFirst("HTTP/1.1 ".count).prefix(3), said[head.upperBound...])
    }

    /// The same, where all is well.
    func answer(_ path: String) -> Any? {
        guard let said = ask(path), said.status == "200" else { return nil }
        return try? JSONSerialization.jsonObject(with: said.body)
    }

    /// All assets; none while it does not answer.
    var rows: [[String: Any]] {
        (answer("/v1/assets?limit=500") as? [String: Any])?["assets"] as? [[String: Any]] ?? []
    }

    var states: [String] { rows.compactMap { $0["state"] as? String }.sorted() }

    /// Every file below a folder, sorted; hidden ones too, but not the receipt.
    func names(below folder: URL) -> [String] {
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { name in
            if Self.receiptNames.contains(name) { return false }
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(
                atPath: folder.path + "/" + name, isDirectory: &isFolder)
            return !isThere || !isFolder.boolValue
        }.sorted()
    }

    /// The receipt, and one that is being written.
    static let receiptNames: Set = ["What happened.html", ".What happened.html.new"]

    /// What is complained of for good: flipd has ended, or nothing of it has changed for so long. Its workers have only what
    /// nobody else wants of the processors; ten minutes are enough for anything.
    func lastingComplaints(after still_s: Double = 150, _ look: () throws -> [String]) rethrows -> [String] {
        let end = Date() + 600
        var (complaints, changed) = (try look(), Date())
        while !complaints.isEmpty, isRunning, Date() < min(changed + still_s, end) {
            usleep(20_000)
            let now = try look()
            if now != complaints { (complaints, changed) = (now, Date()) }
        }
        return complaints
    }

    /// Everything in the library that is not as it should be.
    func disorder() -> [String] {
        let rows = rows
        var complaints: [String] = []
        let staging = names(below: library.appendingPathComponent(".staging"))
        if !staging.isEmpty { complaints.append("in staging there is \(staging)") }
        let originals = names(below: library.appendingPathComponent("originals")).map { "originals/" + $0 }
        let told = rows.compactMap { $0["original"] as? String }
        // What follows a photo stands beside its original, and no row tells of it.
        let stems = Set(told.map { ($0 as NSString).deletingPathExtension })
        let following = originals.filter {
            $0.hasSuffix(".aae") && stems.contains(($0 as NSString).deletingPathExtension)
        }
        let known = (told + following).sorted()
        if originals != known { complaints.append("the originals are \(originals), the rows say \(known)") }
        let media = names(below: library.appendingPathComponent("media"))
        let published = Set(media.map { "media/" + ($0 as NSString).deletingLastPathComponent })
        let ready = rows.filter { $0["state"] as? String == "ready" }.compactMap { $0["folder"] as? String }
        if published != Set(ready) || ready.count != Set(ready).count {
            complaints.append("published are \(published.sorted()), the rows say \(ready)")
        }
        for folder in published.sorted() { complaints += faults(ofPublished: library.path + "/" + folder) }
        for original in originals where mode(of: library.path + "/" + original) != 0o440 {
            complaints.append("\(original) may be changed")
        }
        return complaints
    }

    private func faults(ofPublished folder: String) -> [String] {
        var complaints: [String] = []
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let id = URL(fileURLWithPath: folder).lastPathComponent
        let stills = ["-poster.jpg", "-thumb.jpg", ".json"]
        let video = Set((stills + [".mp4"]).map { id + $0 } + ["SHA256SUMS"])
        let photo = Set(
            (stills + [".jpg", "-150.jpg", "-300.jpg", "-800.jpg"]).map { id + $0 } + ["SHA256SUMS"])
        if ![video, photo].contains(Set(files)) { complaints.append("\(folder) holds \(files.sorted())") }
        if mode(of: folder) != 0o555 { complaints.append("\(folder) is open") }
        for file in files where mode(of: folder + "/" + file) != 0o444 {
            complaints.append("\(folder)/\(file) may be changed")
        }
        let check = ["sh", "-c", "cd \(folder) && sha256sum --quiet --strict -c SHA256SUMS"]
        let sums = try? Machine.run(check, mustSucceed: false)
        if sums?.status != 0 { complaints.append("\(folder): \(sums?.errors ?? "cannot be checked")") }
        return complaints
    }

    private func mode(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}
