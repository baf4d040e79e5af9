// What an address asks for, and which are none.
import Model
import Status
import Testing

private let id = "019a8c5e-7d4f-7abc-8def-0123456789ab"
private let folder = "media/\(AssetID(id)?.dayFolder ?? "")/\(id)"

private func parse(_ target: String, _ method: String = "GET") throws(RequestFailure) -> Request {
    try Request.parse(method: method, target: Array(target.utf8))
}

private func status(_ target: String, _ method: String = "GET") -> Int {
    do {
        _ = try parse(target, method)
        return 200
    } catch { return error.status }
}

@Test func understandsEveryAddress() throws {
    #expect(try parse("/v1/status") == .status)
    #expect(try parse("/v1/status?") == .status)
    #expect(try parse("/v1/status", "HEAD") == .status)
    #expect(try parse("/v1/usage") == .usage)
    #expect(try parse("/v1/needs_you") == .needsYou)
    #expect(try parse("/v1/places") == .places)
    #expect(try parse("/v1/find?name=Loom%2FIMG_1.MOV") == .find(CameraName("IMG_1.MOV")))
    #expect(try parse("/healthz") == .health)
    #expect(try parse("/v1/events") == .events)
    #expect(try parse("/v1/assets/\(id)") == .asset(idPrefix: id))
    #expect(try parse("/v1/assets/\(id.uppercased())") == .asset(idPrefix: id))
    #expect(try parse("/v1/assets/019a8c5e") == .asset(idPrefix: "019a8c5e"))
    #expect(try parse("/v1/assets/019a8c5e-7d4/poster") == .preview(idPrefix: "019a8c5e-7d4", role: .poster))
    #expect(try parse("/v1/assets/\(id)/main") == .preview(idPrefix: id, role: .main))
    #expect(try parse("/v1/assets/\(id)/retry", "POST") == .retry(idPrefix: id))
    #expect(try parse("/v1/assets/\(id)/restore", "POST") == .restore(idPrefix: id))
    #expect(try parse("/v1/assets/\(id)", "DELETE") == .delete(idPrefix: id))
    #expect(try parse("/v1/assets/\(id)/heal", "POST") == .heal(idPrefix: id))
    #expect(try parse("/v1/assets") == .assets(AssetQuery()))
    #expect(try parse("/v1/snapshot", "POST") == .snapshot)
    #expect(try parse("/v1/backup") == .backup)
    #expect(try parse("/metrics") == .metrics)
    #expect(try parse("/") == .page(file: "index.html"))
    #expect(try parse("/?wall") == .page(file: "index.html"))
    #expect(try parse("/page/page.js") == .page(file: "page.js"))
    #expect(try parse("/v1/session") == .session(.look))
    #expect(try parse("/v1/session", "DELETE") == .session(.end))
    #expect(
        try Request.parse(
            method: "POST", target: Array("/v1/session".utf8), body: Array("{\"token\":\"x\"}".utf8))
            == .session(.begin(token: "x")))
}

@Test func understandsWhatIsToBeVerified() throws {
    #expect(try parse("/v1/verify") == .verifyProgress)
    #expect(try parse("/v1/verify", "POST") == .verify(.share))
    #expect(try parse("/v1/verify?all=1", "POST") == .verify(.all))
    #expect(
        try parse("/v1/verify?id=019a8c5e&id=\(id)", "POST") == .verify(.assets(idPrefixes: ["019a8c5e", id])))
    for bad in ["all=yes", "all=1&id=019a8c5e", "id=", "id=x", "id=019a", "ids=019a8c5e"] {
        #expect([400, 404].contains(status("/v1/verify?\(bad)", "POST")), "\(bad)")
    }
    #expect(status("/v1/verify", "DELETE") == 405)
}

@Test func understandsQueries() throws {
    var query = AssetQuery(limit: 500)
    query.state = .failed
    query.kind = .video
    query.collection = "Loom/1905 & more"
    query.ref = "entry-4711"
    query.name = "Größe"
    query.after = AssetID(id)
    let target =
        "/v1/assets?state=failed&kind=video&collection=Loom%2F1905+%26%20more&ref=entry-4711"
        + "&name=Gr%C3%B6%c3%9Fe&limit=500&after=\(id)"
    #expect(try parse(target) == .assets(query))
    #expect(try parse("/v1/assets?state=&kind=&collection=&ref=&name=&limit=&after=") == .assets(AssetQuery()))
}

@Test(arguments: [
    "limit=0", "limit=501", "limit=-1", "limit=99999999999999999999", "limit=x", "state=gone", "kind=song",
    "after=019a8c5e", "color=red", "state=ready&state=failed", "name=%", "name=%4", "name=%zz", "name=a%00b",
    "name=%ff", "%00=1", "=", "state=ready;kind=video",
])
func refusesBadQueries(_ query: String) throws {
    let failure = #expect(throws: RequestFailure.self) { try parse("/v1/assets?\(query)") }
    #expect(failure?.status == 400)
    #expect(failure?.text.hasSuffix(".") == true)
}

@Test(arguments: [
    ("/", 200), ("", 404), ("*", 404), ("/v1", 404), ("/v1/status/", 404), ("//v1/status", 404),
    ("/v1/Status", 404), ("/v1/assets/", 400), ("/v1/assets/019a8c5", 400), ("/v1/assets/nonsense!", 404),
    ("/v1/assets/\(id)0", 404), ("/v1/assets/\(id)/secret", 404), ("/v1/assets/\(id)/main/x", 404),
    ("/v1/status?x=1", 400), ("/v1/find", 400), ("/v1/find?name=", 400), ("/v1/find?name=Loom/", 400),
    ("/v1/events?since=4", 400), ("http://host/v1/status", 404), ("/v1/st%61tus", 200),
    ("/v1%2Fstatus", 404), ("/%", 400), ("/%00", 400), ("/v1/status%00", 400), ("/%ff%fe", 400),
])
func answersOddAddresses(_ target: String, _ expected: Int) { #expect(status(target) == expected) }

@Test func namesTheMethodsThatWork() {
    for (target, method, allow) in [
        ("/v1/status", "POST", "GET, HEAD"), ("/v1/assets", "DELETE", "GET, HEAD"),
        ("/v1/assets/\(id)/retry", "GET", "POST"), ("/v1/assets/\(id)", "POST", "GET, HEAD, DELETE, PATCH"),
        ("/v1/assets/\(id)/restore", "DELETE", "POST"), ("/v1/assets/\(id)/poster", "DELETE", "GET, HEAD"),
        ("/\(folder)/\(id).mp4", "PUT", "GET, HEAD"),
        ("/healthz", "get", "GET, HEAD"), ("/v1/events", "OPTIONS", "GET, HEAD"),
        ("/v1/snapshot", "GET", "POST"), ("/v1/backup", "POST", "GET, HEAD"),
    ] {
        let failure = #expect(throws: RequestFailure.self) { try parse(target, method) }
        #expect(failure?.status == 405)
        #expect(failure?.allow == allow)
    }
    #expect(status("/nowhere", "POST") == 404)
}

@Test func readsWhatIsToBeRenamed() throws {
    func renaming(_ body: String) throws(RequestFailure) -> Renaming? {
        let target = Array("/v1/assets/\(id)".utf8)
        guard
            case .rename(_, let renaming) = try Request.parse(
                method: "PATCH", target: target, body: Array(body.utf8))
        else { return nil }
        return renaming
    }
    #expect(try renaming(#"{"caption":"A"}"#) == Renaming(caption: "A", collection: nil))
    #expect(
        try renaming(#"{"caption":null,"collection":"Loom/1905"}"#)
            == Renaming(caption: "", collection: "Loom/1905"))
    #expect(try renaming(#"{"collection":""}"#) == Renaming(caption: nil, collection: ""))
    for wrong in [
        "", "[]", "{}", #"{"caption":7}"#, #"{"collection":"/x"}"#, #"{"collection":"a/../b"}"#,
        #"{"collection":"a//b"}"#, #"{"collection":"ref=4"}"#, #"{"caption":"\u0007"}"#,
        #"{"caption":"\#(String(repeating: "x", count: 4001))"}"#,
    ] {
        let failure = #expect(throws: RequestFailure.self) { try renaming(wrong) }
        #expect(failure?.status == 400, "\(wrong)")
    }
}

@Test func boundsTheAddress() {
    #expect(status("/v1/assets?name=" + String(repeating: "x", count: 8 << 10)) == 414)
    #expect(status("/v1/assets?name=" + String(repeating: "x", count: 7 << 10)) == 200)
}

@Test(arguments: ["\(id).mp4", "\(id)-poster.jpg", "\(id)-800.jpg", "\(id).json", "SHA256SUMS"])
func findsPublishedFiles(_ file: String) throws {
    guard case .media(let path) = try parse("/\(folder)/\(file)") else {
        Issue.record("no media")
        return
    }
    #expect(path.relative == Path("\(folder)/\(file)"))
    #expect(path.id.description == id)
}

@Test(arguments: [
    "/media", "/media/", "/\(folder)", "/\(folder)/", "/\(folder)/..", "/\(folder)/../\(id)/\(id).mp4",
    "/\(folder)/%2e%2e", "/\(folder)/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/\(folder)/.", "/\(folder)//\(id).mp4",
    "/media/../../../../etc/passwd", "/media//etc/passwd", "/media/%2fetc%2fpasswd", "/media/2026/11/20/x/y",
    "/media/1999/01/01/\(id)/\(id).mp4", "/\(folder)/\(id)", "/\(folder)/\(id).", "/\(folder)/\(id).mp4/x",
    "/\(folder)/\(id).m%20p4", "/\(folder)/019a8c5e-7d4f-7abc-8def-0123456789ac.mp4", "/\(folder)/sha256sums",
    "/\(folder.uppercased())/\(id).mp4", "/\(folder)/\(id).mp4\\..", "/originals/x", "/.staging/x",
    "/\(folder)/\(id)." + String(repeating: "a", count: 200), "/%6dedia/../x",
])
func neverLooksForAnythingElse(_ target: String) { #expect(status(target) == 404) }

@Test(arguments: ["/\(folder)/\(id).mp4%00", "/media/%zz", "/\(folder)/%00%00", "/\(folder)/\(id).mp4%"])
func refusesBrokenMediaPaths(_ target: String) { #expect(status(target) == 400) }
