// What is known of a recording beside what it says itself.
import Model
import Scratch
import Testing

@Suite struct MediaTests {
    private func dated(_ changed: Timestamp, _ media: Media? = nil) -> Media {
        var source = makeSource()
        source.modified_ns = changed.milliseconds * 1_000_000
        let media = media ?? Media(kind: .video, duration: 2, width: 640, height: 360)
        return media.dated(by: source, receivedAt: noon)
    }

    @Test func aRecordingThatDoesNotSayWhenIsAsOldAsItsFile() {
        let media = dated(noon + -86400)
        #expect(media.capturedAt == noon + -86400 && media.capturedAtSource == "file time")
        #expect(media.capturedAtOffset == nil)
        // A camera whose clock is a little ahead.
        #expect(dated(noon + 86400).capturedAt == noon + 86400)
    }

    @Test func aFileWhoseTimeCannotBeIsNotBelieved() {
        for moment in [noon + 86401, Timestamp(milliseconds: 0), Timestamp("1980-01-01T00:00:00Z")] {
            #expect(moment.map { dated($0) }?.capturedAt == nil)
        }
        #expect(dated(Timestamp(milliseconds: 0)).capturedAtSource == nil)
    }

    @Test func whatTheRecordingSaysCountsMore() throws {
        let own = try #require(fullAsset().media)
        #expect(dated(noon, own) == own)
    }
}
