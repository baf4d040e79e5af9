// The first line that people read, for archives of every kind; and where flipd may listen.
import Model
import Testing

private let now = Timestamp("2026-11-20T08:30:00.000Z") ?? Timestamp(milliseconds: 0)

private func summary(
    videos: Int = 312, photos: Int = 1840, coming: Int = 0, room: Summary.Room = .months(7),
    copy: Summary.Copy = .last(nil),
    checked: String? = "2026-11-03T02:00:00.000Z", damaged: Int = 0, zone_s: Double = 3600
) -> String {
    Summary(
        kinds: [
            .video: .init(count: videos, bytes: 0, seconds: 0),
            .photo: .init(count: photos, bytes: 0, seconds: nil),
        ], coming: coming, bytes: 46_000_000_000, room: room, copy: copy,
        checkedSince: checked.flatMap { Timestamp($0) },
        damaged: damaged, now: now, zone_s: zone_s
    ).text
}

@Suite struct SummaryTests {
    @Test func saysAllInOneLine() {
        let copied = Summary.Copy.last(Timestamp("2026-11-20T01:15:00.000Z"))
        #expect(
            summary(copy: copied)
                == "312 videos, 1,840 photos, 46 GB. Room for about 7 months. Copied last night. All checked since 3 November."
        )
        #expect(
            summary(videos: 1, photos: 0, room: .bytes(74_000_000_000), copy: .none, checked: nil)
                == "1 video, 46 GB. Room for 74 GB more. No second copy.")
        #expect(summary(checked: "2026-11-20T02:00:00.000Z").hasSuffix("Not copied yet. All checked today."))
        #expect(summary(videos: 0, photos: 0) == "The archive is empty. Room for about 7 months.")
        #expect(summary(videos: 0, photos: 0, coming: 7).hasPrefix("7 files are on the way. Room "))
        #expect(summary(coming: 7) == summary())
        #expect(summary(videos: 1_234_567).hasPrefix("1,234,567 videos, "))
        #expect(summary(damaged: 1).hasSuffix("Not copied yet. 1 file damaged or missing."))
    }

    @Test(arguments: [
        ("2026-11-20T07:00:00.000Z", "today"), ("2026-11-20T02:00:00.000Z", "last night"),
        ("2026-11-19T21:00:00.000Z", "last night"), ("2026-11-19T12:00:00.000Z", "yesterday"),
        ("2026-11-18T23:30:00.000Z", "yesterday"), ("2026-11-17T12:00:00.000Z", "on 17 November"),
        ("2025-11-17T12:00:00.000Z", "on 17 November 2025"),
    ]) func saysWhenItWasCopied(_ moment: String, _ words: String) {
        #expect(summary(copy: .last(Timestamp(moment))).contains(" Copied \(words). "), "\(moment)")
    }

    @Test(arguments: [
        (0, "less than a month"), (1, "about a month"), (23, "about 23 months"), (24, "about 2 years"),
        (120, "more than ten years"),
    ]) func saysForHowLongThereIsRoom(_ months: Int, _ words: String) {
        #expect(summary(room: .months(months)).contains(" Room for \(words). "))
    }
}

@Test(arguments: [
    ("127.0.0.1:8420", "127.0.0.1"), ("[::1]:1", "::1"), ("localhost:65535", "localhost"),
    ("0.0.0.0:80", "0.0.0.0"),
]) func readsWhereToListen(_ text: String, _ host: String) throws {
    let address = try #require(ListenAddress(text))
    #expect(address.host == host && address.description == text)
}

@Test(arguments: [
    "", ":8420", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "a b:1", "[]:1", "x/y:1", "museum:1",
    "archive.example:80", "beef:1",
    "http://x:1",
])
func knowsWhereNobodyCanListen(_ text: String) { #expect(ListenAddress(text) == nil) }
