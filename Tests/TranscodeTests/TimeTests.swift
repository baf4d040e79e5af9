// Time: which pictures are kept, clocks that begin anew, and where pictures and sound begin and end.
import Foundation
import Model
import Testing

@testable import Transcode

@Suite struct PaceTests {
    private func kept(_ times: [Double], rate: Double?, atMost limit: Int) -> [Double] {
        var pace = Pace(rate: rate, atMost: limit, ticksPerSecond: 90_000)
        return times.filter { pace.takes(Int64(($0 * 90_000).rounded())) }
    }

    @Test(arguments: [(240.0, 60, 60), (120, 60, 60), (100, 60, 60), (480, 30, 30), (61, 60, 60), (60, 60, 60)])
    func fastCamerasAreThinnedOutEvenly(rate: Double, limit: Int, expected: Int) {
        let times = (0..<Int(rate * 10)).map { Double($0) / rate }
        let kept = kept(times, rate: rate, atMost: limit)
        #expect(abs(kept.count - expected * 10) <= 1)
        #expect(kept.first == 0)
        // No hole is longer than what is wanted and one picture of the camera's.
        for (one, next) in zip(kept, kept.dropFirst()) { #expect(next - one < 1 / Double(limit) + 1.01 / rate) }
    }

    @Test func aClockThatTremblesLosesNothing() {
        let times = (0..<600).map { (number: Int) -> Double in
            Double(number) / 60.05 + (number.isMultiple(of: 2) ? 0.004 : 0)
        }
        #expect(kept(times, rate: 60.05, atMost: 60).count == 600)
    }

    @Test func whereNoRateIsKnownBurstsAreThinnedOutAndHolesStay() {
        let times = (0..<100).map { Double($0) / 1000 } + [5, 10, 10.5]
        let kept = kept(times, rate: nil, atMost: 50)
        #expect((5...7).contains(kept.filter { $0 < 1 }.count))
        #expect(kept.suffix(3) == [5, 10, 10.5])
    }
}

@Suite struct ClockTests {
    private func mended(_ packets: [(track: Int, at: Double)], lasting: Double) -> [Double] {
        var clock = Clock()
        return packets.map { $0.at + clock.correction(of: $0.track, at: $0.at, lasting: lasting).offset_s }
    }

    @Test func aClockThatBeginsAnewGoesOn() {
        let times = [100.0, 100.5, 101, 0.2, 0.7, 1.2, 500, 500.5].map { (0, $0) }
        #expect(mended(times, lasting: 0.5) == [100, 100.5, 101, 101.5, 102, 102.5, 103, 103.5])
        // Also after a few seconds, and with tracks that lie apart; no track meets its own past.
        let joined = [(0, 5.0), (1, 4.2), (0, 5.5), (1, 4.7), (0, 0.0), (1, -0.5), (0, 0.5), (1, 0.0)]
        #expect(mended(joined, lasting: 0.5) == [5, 4.2, 5.5, 4.7, 6, 5.5, 6.5, 6])
        // The last packet of a track from before arrives when another track is beyond the join.
        let late = [(0, 5.0), (1, 4.5), (0, 5.5), (0, 0.0), (1, 5.0), (1, -0.5), (0, 0.5)]
        #expect(mended(late, lasting: 0.5) == [5, 4.5, 5.5, 6, 5, 5.5, 6.5])
    }

    @Test func tracksThatLieApartALittleAreLeftAlone() {
        let times = [(0, 10.0), (1, 9.1), (0, 10.04), (1, 9.12), (0, 15), (1, 14.2), (0, 24)]
        #expect(mended(times, lasting: 0.04) == times.map(\.1))
    }
}

/// Real clips with clocks as cameras and programs leave them.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct ClipTimeTests {
    private let bench: Bench
    private static let pictures = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2"
    private static let tone = "-f lavfi -i sine=duration=2:sample_rate=48000"
    private static let coded = "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"

    init() throws { bench = try Bench() }

    /// First picture at 0, and both tracks end where they should.
    private func check(
        _ clip: Path, pictures: Double, sound: Double, at place: SourceLocation = #_sourceLocation
    )
        throws
    {
        let media = try bench.transcode(clip)
        #expect(media.remarks.isEmpty, sourceLocation: place)
        let times = try bench.times(bench.file(.main))
        #expect(times.first == 0, sourceLocation: place)
        for (track, end) in [("v", pictures), ("a", sound)] {
            let found = try bench.end(of: track, in: bench.file(.main))
            #expect(abs(found - end) < 0.1, "\(track) ends at \(found)", sourceLocation: place)
        }
    }

    @Test func editListsAreHonoured() throws {
        let plain = try bench.draw("plain.mp4", Self.pictures, Self.tone, Self.coded)
        try check(plain, pictures: 2, sound: 2)
        // The pictures begin later than the sound: the first one stands until then, and no sound is lost.
        let late = try bench.draw(
            "late.mp4", "-itsoffset 0.8 -i \(plain.text) -i \(plain.text) -map 0:v -map 1:a -c copy")
        try check(late, pictures: 2.8, sound: 2)
        let cut = try bench.draw("cut.mp4", "-ss 0.7 -i \(plain.text) -map 0 -c copy")
        let expected = try (bench.end(of: "v", in: cut), bench.end(of: "a", in: cut))
        try check(cut, pictures: expected.0, sound: expected.1)
    }

    @Test func clocksThatBeginAnywhereBeginAtZero() throws {
        let plain = try bench.draw("plain.mp4", Self.pictures, Self.tone, Self.coded)
        let tenHours = try bench.draw(
            "later.mkv", "-i \(plain.text) -c copy -output_ts_offset 36000 -avoid_negative_ts disabled")
        try check(tenHours, pictures: 2, sound: 2)
        let wrapping = try bench.draw(
            "wrap.ts", "-i \(plain.text) -c copy -muxdelay 0 -output_ts_offset 95442.7")
        try check(wrapping, pictures: 2, sound: 2)
        let negative = try bench.draw(
            "negative.mkv", "-i \(plain.text) -c copy -output_ts_offset -0.5 -avoid_negative_ts disabled")
        try check(negative, pictures: 2, sound: 2)
    }

    @Test func joinedClipsGoOnWhereTheClockBeginsAnew() throws {
        let one = try bench.draw(
            "one.ts", Self.pictures, Self.tone, Self.coded, "-muxdelay 0 -output_ts_offset 3600")
        let other = try bench.draw("other.ts", Self.pictures, Self.tone, Self.coded, "-muxdelay 0")
        let joined = try bench.write(
            try Data(contentsOf: URL(fileURLWithPath: one.text))
                + Data(contentsOf: URL(fileURLWithPath: other.text)), as: "joined.ts")
        let media = try bench.transcode(joined)
        #expect(media.remarks.isEmpty)
        #expect(abs((media.duration ?? 0) - 4) < 0.2)
        #expect(try bench.times(bench.file(.main)).count >= 99)
    }

    /// As in a video that was cut before a key picture to which those before it lead.
    @Test(arguments: ["led.mkv", "led.ts"]) func picturesBeforeTheFirstKeyPictureBeginTheVideo(name: String)
        throws
    {
        let whole = try bench.draw(
            "whole.mkv", "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -c:v libx265 -x265-params",
            "keyint=30:min-keyint=30:scenecut=0:open-gop=0:radl=2:bframes=4:b-adapt=0:log-level=error")
        let led = try bench.draw(name, "-i \(whole.text) -c copy -bsf:v noise=amount=0:drop='lt(n,28)'")
        let media = try bench.transcode(led)
        #expect(media.remarks.isEmpty)
        let times = try bench.times(bench.file(.main))
        #expect(times.first == 0 && times.count == 32)
    }

    /// As phones shorten what they filmed: what is not shown is still there, as others lean on it.
    @Test(arguments: [0.2, 0.4, 0.5, 0.53, 0.6]) func aShortenedClipKeepsWhatIsShown(start_s: Double) throws {
        let whole = try bench.draw(
            "whole.mov",
            "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -c:v libx265 -tag:v hvc1 -x265-params",
            "keyint=15:min-keyint=15:scenecut=0:open-gop=1:bframes=4:b-adapt=0:log-level=error")
        let clip = try bench.draw("short.mov", "-ss \(start_s) -i \(whole.text) -c copy")
        let media = try bench.transcode(clip)
        #expect(media.remarks.isEmpty)
        #expect(try bench.times(bench.file(.main)).count == bench.times(clip).count)
    }

    /// AVI knows when a picture is decoded, not when it is shown.
    @Test func theSecondPictureOfAnAVIComesInItsTime() throws {
        let clip = try bench.draw(
            "old.avi",
            "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -pix_fmt yuv420p -c:v libx265 -tag:v HEVC",
            "-x265-params bframes=4:log-level=error")
        _ = try bench.transcode(clip)
        let times = try bench.times(bench.file(.main))
        #expect(times.count == 60 && times[1] < 0.05)
    }

    @Test func fastCamerasKeepTheirPlayingTime() throws {
        let fast = try bench.draw(
            "fast.mov", "-f lavfi -i testsrc2=size=160x120:rate=240:duration=2", Self.tone, Self.coded)
        try check(fast, pictures: 2, sound: 2)
        #expect(try (119...121).contains(bench.times(bench.file(.main)).count))
        _ = try bench.transcode(fast, maxFrameRate: 24)
        #expect(try (47...49).contains(bench.times(bench.file(.main)).count))
    }

    @Test func aLengthThatIsOnlyClaimedIsNotBelieved() throws {
        let clip = try bench.draw("claims.mp4", Self.pictures, Self.tone, Self.coded)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        // The movie's own length, in its header: the index below it says otherwise.
        let header = try #require(bytes.firstRange(of: Array("mvhd".utf8))).lowerBound
        bytes.replaceSubrange((header + 20)..<(header + 24), with: [0x7F, 0, 0, 0])
        try check(try bench.write(bytes, as: "absurd.mp4"), pictures: 2, sound: 2)
    }

    @Test func soundThatWasOverLongBeforeThePicturesIsLeftOutWithARemark() throws {
        let clip = try bench.draw(
            "early.mkv", "-itsoffset 70 -f lavfi -i testsrc2=size=160x120:rate=25:duration=2", Self.tone,
            Self.coded)
        let media = try bench.transcode(clip)
        #expect(media.remarks == ["The sound of this file could not be read."])
        #expect(try bench.times(bench.file(.main)).first == 0)
        #expect(try bench.facts(bench.file(.main), "stream=codec_type") == ["codec_type=video"])
    }

    @Test func aRecorderThatNeverWroteItsCountIsNotBelieved() throws {
        let clip = try bench.draw("count.avi", Self.pictures, Self.tone, "-c:v mjpeg -c:a pcm_s16le")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        // The count of all pictures, and that of the first track.
        let (main, track) = (
            try #require(bytes.firstRange(of: Array("avih".utf8))).upperBound + 4 + 16,
            try #require(bytes.firstRange(of: Array("strh".utf8))).upperBound + 4 + 32
        )
        for place in [main, track] { bytes.replaceSubrange(place..<(place + 4), with: [0, 0, 0, 0x40]) }
        // Nor its length; and a count that its size would allow.
        bytes.replaceSubrange(4..<8, with: [0, 0, 0, 0])
        try check(try bench.write(bytes, as: "piped.avi"), pictures: 2, sound: 2)
        for place in [main, track] { bytes.replaceSubrange(place..<(place + 4), with: [0, 2, 0, 0]) }
        try check(try bench.write(bytes, as: "never.avi"), pictures: 2, sound: 2)
    }

    /// In pieces nothing lists what follows, and the size of the file would allow for days.
    @Test func aClaimInAFileOfPiecesIsNotBelieved() throws {
        let clip = try bench.draw(
            "pieces.mp4", Self.pictures, Self.tone, Self.coded, "-movflags frag_keyframe+empty_moov")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        for name in ["mvhd", "tkhd", "mdhd"] {
            let header = try #require(bytes.firstRange(of: Array(name.utf8))).lowerBound
            let place = header + (name == "tkhd" ? 24 : 20)
            bytes.replaceSubrange(place..<(place + 4), with: [0x02, 0, 0, 0])
        }
        bytes += [0, 0x40, 0, 0] + Array("free".utf8) + [UInt8](repeating: 0, count: 0x40_0000 - 8)
        try check(try bench.write(bytes, as: "days.mp4"), pictures: 2, sound: 2)
    }

    @Test(arguments: [false, true]) func aJumpAtTheEndIsSurvived(copies: Bool) throws {
        let clip = try bench.draw(
            "plain.mkv", Self.pictures, Self.tone,
            "-c:v libx264 -crf 45 -pix_fmt yuv420p -c:a aac -cluster_time_limit 500")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        // The last cluster's own time.
        let last = try #require(bytes.lastRange(of: [0x1F, 0x43, 0xB6, 0x75])).upperBound
        let time = try #require(bytes[last...].firstRange(of: [0xE7, 0x82])).upperBound
        bytes.replaceSubrange(time..<(time + 2), with: [0xFF, 0xFF])
        let media = try bench.transcode(try bench.write(bytes, as: "jump.mkv"), copies: copies)
        #expect((media.duration ?? 0) > 1)
    }

    @Test func whatPlaysTooLongIsRefused() throws {
        let clip = try bench.draw("long.mp4", Self.pictures, Self.coded)
        let refusal = #expect(throws: Refusal.self) { try bench.transcode(clip, maxDuration_s: 1) }
        #expect(refusal == Refusal(.tooLong, "At most 1 s are accepted."))
        // This one does not say how long it plays.
        let live = try bench.draw(
            "live.mkv", "-i \(clip.text) -c copy -live 1 -fflags +bitexact -f matroska")
        #expect(throws: Refusal(.tooLong, "At most 1 s are accepted.")) {
            try bench.transcode(live, maxDuration_s: 1)
        }
    }
}
