// What others read: the keys of INTERFACE.md, each of them, and no other.
import Model
import Platform
import Scratch
import Testing

private let sidecarKeys = """
    captured_at captured_at_offset captured_at_source collection content_identifier \
    device duration height id kind \
    made_with original published_at received_at ref remarks renditions schema sha256 source_bytes source_name \
    source_owner width
    """
private let stateKeys = """
    attempts caption damage deleted_at duplicate_of folder original_until pair problem progress retry_at \
    state trash_until
    """

/// The keys of the outermost object, sorted: enough of a reader for JSON that our own encoder sorted.
private func keys(_ text: String) -> [String] {
    var (found, depth, inString, wasEscape, word, isKey) = ([String](), 0, false, false, "", true)
    for character in text {
        if inString {
            if wasEscape {
                wasEscape = false
            } else if character == "\\" {
                wasEscape = true
            } else if character == "\"" {
                inString = false
                if depth == 1, isKey { found.append(word) }
                continue
            }
            word.append(character)
            continue
        }
        switch character {
        case "\"": (inString, word) = (true, "")
        case "{", "[": depth += 1
        case "}", "]": depth -= 1
        case ":": if depth == 1 { isKey = false }
        case ",": if depth == 1 { isKey = true }
        default: break
        }
    }
    return found.sorted()
}

private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init).sorted() }

@Suite struct ReportTests {
    @Test func aSidecarHasTheKeysOfTheInterface() throws {
        for asset in [fullAsset(), leanAsset()] {
            #expect(keys(try json(Sidecar(of: asset))) == words(sidecarKeys))
        }
    }

    @Test func aSidecarSaysNullWhatIsNotKnown() throws {
        let text = try json(Sidecar(of: leanAsset()))
        for key in ["ref", "kind", "sha256", "published_at", "captured_at", "duration", "device", "original"] {
            #expect(text.contains("\"\(key)\":null"), "\(key)")
        }
        #expect(text.contains(#""renditions":[]"#) && text.contains(#""made_with":{}"#))
    }

    @Test func aSidecarIsTheseBytes() throws {
        let id = try #require(AssetID("019a9b00-0000-7000-8000-000000000001"))
        var asset = fullAsset(id)
        asset.receivedAt = noon
        asset.publishedAt = noon + 60
        asset.renditions = [asset.renditions[1]]
        let wanted = """
            {"captured_at":"2026-11-19T12:00:00.000Z","captured_at_offset":"+01:00",\
            "captured_at_source":"com.apple.quicktime.creationdate","collection":"Loom/1905",\
            "content_identifier":"A-1","device":"Apple iPhone 15 Pro","duration":12.5,"height":1080,\
            "id":"\(id)","kind":"video","made_with":{"flipd":"1.0","libx264":"164","recipe":"a=b"},\
            "original":"originals/2026/11/20/\(id).mov","published_at":"2026-11-20T12:01:00.000Z",\
            "received_at":"2026-11-20T12:00:00.000Z","ref":null,\
            "remarks":["One track was left out.","Two."],"renditions":[{"bytes":1001,\
            "file":"\(id)-poster.jpg","height":360,"mime":"image/jpeg","role":"poster",\
            "sha256":"\(makeDigest(1))","width":640}],"schema":1,"sha256":"\(makeDigest(7))",\
            "source_bytes":10,"source_name":"IMG_1.MOV","source_owner":"ada","width":1920}
            """
        #expect(try json(Sidecar(of: asset)) == wanted)
    }

    @Test func namesThatAreNoTextAreGivenTwice() throws {
        var asset = leanAsset()
        asset.source = makeSource(Path(bytes: [0xFF] + Array("/ref=7/a".utf8) + [0xFE]))
        let sidecar = Sidecar(of: asset)
        #expect(sidecar.collection == "\u{FFFD}" && sidecar.collectionBase64 == "/w==")
        #expect(sidecar.sourceName == "a\u{FFFD}" && sidecar.sourceNameBase64 == "Yf4=")
        #expect(sidecar.ref == "7")
        let text = try json(sidecar)
        #expect(text.contains("collection_base64") && text.contains("source_name_base64"))
    }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        for asset in [fullAsset(), leanAsset()] {
            let sidecar = try json(Sidecar(of: asset))
            #expect(try json(fromJSON(Sidecar.self, sidecar)) == sidecar)
            let event = HistoryEvent(at: noon, what: .digest, seconds: 1.5, detail: "x")
            let report = try json(AssetReport(of: asset, progress: 0.5, events: [event]))
            #expect(try json(fromJSON(AssetReport.self, report)) == report)
            let page = try json(AssetPage(assets: [AssetReport(of: asset)], next: asset.id))
            #expect(try json(fromJSON(AssetPage.self, page)) == page)
        }
    }

    @Test func aSidecarOfAnOlderFlipdCanBeRead() throws {
        let text = """
            {"schema":1,"id":"\(makeID())","collection":"","source_name":"a","source_bytes":1,\
            "received_at":"2026-11-20T12:00:00.000Z","remarks":[],"renditions":[],"made_with":{}}
            """
        let sidecar = try fromJSON(Sidecar.self, text)
        #expect(sidecar.kind == nil && sidecar.original == nil)
    }

    @Test func anAssetIsItsSidecarAndItsState() throws {
        let event = HistoryEvent(at: noon, what: .ingestion)
        // What nobody has looked for is not said.
        #expect(
            keys(try json(AssetReport(of: fullAsset())))
                == words(sidecarKeys + " " + stateKeys.replacing("damage ", with: "")))
        var report = AssetReport(of: leanAsset(), events: [event])
        report.damage = .some(nil)
        let one = try json(report)
        #expect(keys(one) == words(sidecarKeys + " " + stateKeys + " events"))
        for key in [
            "folder", "problem", "retry_at", "progress", "duplicate_of", "pair", "caption", "deleted_at",
            "damage",
        ] {
            #expect(one.contains("\"\(key)\":null"), "\(key)")
        }
        #expect(one.contains(#"{"at":"2026-11-20T12:00:00.000Z","what":"ingestion"}"#))
    }

    @Test func onlyWhatIsPublishedHasAFolder() throws {
        var asset = fullAsset()
        #expect(AssetReport(of: asset).folder == "media/2026/11/20/\(asset.id)")
        asset.stage = .transcoding
        let report = AssetReport(of: asset)
        #expect(report.folder == nil && report.state == .processing)
        #expect(report.problem?.code == .stalled)
    }

    @Test func theStatusHasTheKeysOfTheInterface() throws {
        let job = StatusReport.JobReport(id: makeID(), sourceName: "a", stage: .verify, progress: 0.5, eta: nil)
        let report = StatusReport(
            version: "1", summary: "All is well.", state: .degraded,
            reasons: [Reason(code: "disk-full", text: "x")], uptime: 1,
            counts: [.ready: 3], kinds: [:], lastDay: .init(ready: 1, failed: 2, duplicate: 3), waiting: 4,
            needsYou: 5, intake: .init(way: .events, lastHeard: noon),
            queue: .init(depth: 6, oldestPending: nil), jobs: [job],
            storage: .init(libraryBytes: 7, originalsBytes: 8, freeBytes: 9),
            last: .init(scan: noon, published: nil))
        let wanted = """
            {"counts":{"deleted":0,"duplicate":0,"failed":0,"pending":0,"processing":0,"purged":0,"ready":3},\
            "intake":{"last_heard":"2026-11-20T12:00:00.000Z","way":"events"},\
            "jobs":[{"eta":null,"id":"\(job.id)","progress":0.5,"source_name":"a","stage":"verify"}],\
            "kinds":{"photo":{"bytes":0,"count":0},"video":{"bytes":0,"count":0,"seconds":0}},\
            "last":{"backup":null,"published":null,"scan":"2026-11-20T12:00:00.000Z",\
            "snapshot":null,"verify":null},\
            "last_24h":{"duplicate":3,"failed":2,"ready":1},"needs_you":5,\
            "queue":{"depth":6,"oldest_pending":null},\
            "reasons":[{"code":"disk-full","text":"x"}],"state":"degraded",\
            "storage":{"free_bytes":9,"library_bytes":7,"originals_bytes":8},\
            "summary":"All is well.","uptime":1,"version":"1","waiting":4}
            """
        #expect(try json(report) == wanted)
        #expect(try json(fromJSON(StatusReport.self, wanted)) == wanted)
    }

    @Test func anErrorIsACodeAndAText() throws {
        #expect(try json(ErrorReport(code: "gone", text: "x")) == #"{"error":{"code":"gone","text":"x"}}"#)
    }

    @Test func aFactOfTheRecordReadsBack() throws {
        for what in Fact.What.allCases {
            var fact = Fact(
                at: noon, id: makeID(), what: what, source: makeSource(Path(bytes: [0xFF, 0x0A])),
                original: "o",
                sha256: makeDigest(3), twin: makeID(1), pair: makeID(2), refusal: Refusal(.drm, "x"),
                to: Path("Problems/\n"))
            fact.companion = makeSource()
            (fact.caption, fact.collection, fact.attempts) = ("A\nB", "Loom", 2)
            fact.by = "anna"
            (fact.media, fact.renditions) = (fullAsset().media, fullAsset().renditions)
            (fact.sidecar, fact.madeWith) = (Sidecar(of: fullAsset()), ["a": "b"])
            fact.events = [HistoryEvent(at: noon, what: .transcode, seconds: 1, detail: "x")]
            let text = try json(fact)
            #expect(!text.contains("\n"))
            #expect(try json(fromJSON(Fact.self, text)) == text)
        }
        #expect(
            Fact.What.allCases.map(\.rawValue) == [
                "taking", "left alone", "received", "following", "previewed", "accident", "duplicate",
                "publishing", "deleted", "restored", "purged", "original removed", "renamed", "paired",
                "handing back",
                "retried", "checked", "healing", "remaking",
            ])
    }

    @Test func aWorkersLinesReadBack() throws {
        let lines: [WorkerLine] = [
            .hello(protocol: 1, madeWith: ["a": "b"], lacks: []),
            .progress(stage: .transcode, fraction: 0.25, eta: nil),
            .done(
                media: Media(kind: .video, duration: 1, width: 2, height: 3),
                files: [MadeFile(role: .main, width: 2, height: 3)]),
            .refused(Refusal(.noPicture)),
        ]
        for line in lines {
            let text = try json(line)
            #expect(try json(fromJSON(WorkerLine.self, text)) == text)
        }
    }

    @Test func renditionsAreNamedAsTheInterfaceSays() {
        let id = makeID()
        #expect(Rendition.Role.main.file(of: id, kind: .video) == "\(id).mp4")
        #expect(Rendition.Role.main.file(of: id, kind: .photo) == "\(id).jpg")
        #expect(Rendition.Role.poster.file(of: id, kind: .video) == "\(id)-poster.jpg")
        #expect(Rendition.Role.box(150).file(of: id, kind: .photo) == "\(id)-150.jpg")
        #expect(Rendition.Role.main.mime(kind: .video) == "video/mp4")
        #expect(Rendition.Role.thumb.mime(kind: .video) == "image/jpeg")
    }
}
