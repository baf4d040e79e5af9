// Ids: their text, their order, their bits.
import Model
import Testing

@Suite struct AssetIDTests {
    private let noon = Timestamp("2026-11-20T12:00:00.000Z")!

    @Test func anIdReadsBackFromItsText() {
        var maker = AssetID.Maker()
        let id = maker.next(at: noon)
        #expect(AssetID(id.description) == id)
        #expect(id.description.utf8.count == 36)
        #expect(id.description == id.description.lowercased())
        #expect(id.madeAt == noon)
        #expect(id.dayFolder == "2026/11/20")
    }

    @Test func versionAndVariantAreThoseOfUUIDv7() {
        var maker = AssetID.Maker()
        for step in 0..<200 {
            let text = Array(maker.next(at: noon + Double(step)).description)
            #expect(text[14] == "7")
            #expect("89ab".contains(text[19]))
        }
    }

    @Test func idsGrowWithinOneMillisecondAndWhenTheClockIsSetBack() {
        var maker = AssetID.Maker()
        var last = maker.next(at: noon)
        // More than the 4096 that fit into one millisecond's count.
        for step in 0..<10_000 {
            let next = maker.next(at: step % 3 == 0 ? noon + -86400 : noon)
            #expect(last < next)
            #expect(last.description < next.description)
            last = next
        }
        #expect(last.madeAt.seconds(since: noon) < 0.01)
    }

    @Test func aClockBefore1970IsNoReasonToStop() {
        var maker = AssetID.Maker()
        let first = maker.next(at: Timestamp(milliseconds: -5))
        #expect(first < maker.next(at: Timestamp(milliseconds: -4)))
    }

    @Test(arguments: [
        "", "garbage", "019a9b00-0000-7000-8000-00000000000", "019a9b00-0000-7000-8000-0000000000000",
        "019A9B00-0000-7000-8000-000000000000", "019a9b0000007000800000000000000000000",
        "019a9b00-0000-4000-8000-000000000000", "019a9b00-0000-7000-0000-000000000000",
        "019a9b00-0000-7000-c000-000000000000", "019a9b00_0000_7000_8000_000000000000",
        "019a9b00-0000-7000-8000-00000000000g", " 19a9b00-0000-7000-8000-000000000000",
        "019a9b00-0000-7000-8000-0000000000é",
    ])
    func whatIsNoIdIsRefused(_ text: String) { #expect(AssetID(text) == nil) }

    @Test func anIdIsItsTextInJSON() throws {
        let id = try #require(AssetID("019a9b00-0000-7000-8000-000000000001"))
        #expect(try json(id) == #""019a9b00-0000-7000-8000-000000000001""#)
        #expect(try fromJSON(AssetID.self, #""019a9b00-0000-7000-8000-000000000001""#) == id)
        #expect(throws: (any Error).self) { try fromJSON(AssetID.self, #""no id""#) }
    }
}

@Suite struct DigestTests {
    @Test func aDigestReadsBackFromItsText() throws {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let digest = try #require(Digest(text))
        #expect(digest.description == text)
        #expect(digest.bytes.first == 0xE3 && digest.bytes.last == 0x55)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(try fromJSON(Digest.self, json(digest)) == digest)
    }

    @Test func whatIsNoDigestIsRefused() {
        #expect(Digest("") == nil)
        #expect(Digest(String(repeating: "a", count: 63)) == nil)
        #expect(Digest(String(repeating: "a", count: 65)) == nil)
        #expect(Digest(String(repeating: "A", count: 64)) == nil)
        #expect(Digest(String(repeating: "g", count: 64)) == nil)
        #expect(Digest(bytes: [1, 2, 3]) == nil)
    }
}
