// Which tracks are taken, and what has to be done to them: mixed, deinterlaced, kept in shape.
import Foundation
import Model
import Testing
import Transcode

@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct TrackTests {
    private let bench: Bench
    private static let pictures = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2"
    private static let quick = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

    init() throws { bench = try Bench() }

    @Test func soundThatBeginsLateIsFound() throws {
        // More packets than a trial reads before the first of the sound.
        let clip = try bench.draw(
            "late.mkv", "-f lavfi -i color=size=32x32:rate=50:duration=80",
            "-itsoffset 75 -f lavfi -i sine=duration=5", Self.quick, "-c:a aac")
        let media = try bench.transcode(clip)
        #expect(media.remarks.isEmpty)
        #expect(
            try bench.facts(bench.file(.main), "stream=codec_type") == ["codec_type=video", "codec_type=audio"])
        #expect(try abs(bench.end(of: "a", in: bench.file(.main)) - 80) < 0.1)
    }

    @Test(arguments: [
        ("six.mkv", 6, "5.1", "flac"), ("eight.mov", 8, "7.1", "pcm_s16le"),
        ("quad.mov", 4, "4 channels", "pcm_s16le"),
        ("sphere.mkv", 4, "ambisonic 1", "libopus"), ("many.mov", 22, "22 channels", "pcm_s16le"),
    ])
    func everySoundBecomesStereo(name: String, channels: Int, layout: String, codec: String) throws {
        let tone = (0..<96_000).flatMap { sample in
            let value = Int16(8000 * sin(Double(sample) * 0.06))
            return (0..<channels).flatMap { _ in
                [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
            }
        }
        let raw = try bench.write(tone, as: "tone.raw")
        let clip = try bench.draw(
            words: ["-f", "s16le", "-ar", "48000", "-ch_layout", layout, "-i", raw.text] + Self.pictures.words
                + Self.quick.words + ["-c:a", codec] + (codec == "libopus" ? ["-mapping_family", "2"] : []),
            to: name)
        _ = try bench.transcode(clip)
        let facts = try bench.facts(bench.file(.main), "stream=codec_name,sample_rate,channels")
        #expect(facts.isSuperset(of: ["codec_name=aac", "sample_rate=48000", "channels=2"]))
        let loud = try bench.loudness(bench.file(.main))
        #expect(loud.dropFirst(10).prefix(80).allSatisfy { $0 > 0.05 && $0 < 0.99 }, "\(name): \(loud)")
    }

    @Test(arguments: [
        ("slow.avi", 11_025, "pcm_u8"), ("quick.mkv", 96_000, "flac"), ("odd.mkv", 37_000, "flac"),
    ])
    func oddRatesBecomeUsualOnes(name: String, rate: Int, codec: String) throws {
        let clip = try bench.draw(
            name, Self.pictures, "-f lavfi -i sine=duration=2:sample_rate=\(rate)", Self.quick, "-c:a \(codec)")
        _ = try bench.transcode(clip)
        #expect(
            try bench.facts(bench.file(.main), "stream=codec_name,sample_rate").isSuperset(of: [
                "codec_name=aac", "sample_rate=48000",
            ]))
        let loud = try bench.loudness(bench.file(.main))
        #expect(loud.dropFirst(10).prefix(80).allSatisfy { $0 > 0.05 }, "\(name): \(loud)")
    }

    @Test func dataAndCoversAreNoPictures() throws {
        let cover = try bench.draw("cover.png", "-f lavfi -i testsrc2=size=640x640 -frames:v 1")
        let song = try bench.draw(
            "song.m4a",
            "-f lavfi -i sine=duration=2 -i \(cover.text) -map 0 -map 1 -c:v png -disposition:v attached_pic")
        #expect(bench.problem(of: song) == .noPicture)
        let clip = try bench.draw(
            "clip.mov", Self.pictures, Self.quick, "-timecode 01:00:00:00")
        _ = try bench.transcode(clip)
        #expect(try bench.facts(bench.file(.main), "stream=codec_type") == ["codec_type=video"])
    }

    @Test func oddSidesLoseARowAndNothingIsSqueezed() throws {
        // Columns two pixels wide: squeezing the picture by one pixel would blur them somewhere.
        let clip = try bench.draw(
            "odd.mkv", "-f lavfi -i color=black:size=642x362:rate=5:duration=1",
            "-vf format=yuv444p,geq=lum='if(mod(floor(X/2),2),235,16)':cb=128:cr=128,crop=641:361:0:0:exact=1",
            "-c:v ffv1")
        _ = try bench.transcode(clip)
        let rows = try bench.grey(bench.file(.main), width: 640, height: 360)
        for column in 2..<638 {
            let isBright = column / 2 % 2 == 1
            #expect(isBright ? rows[180][column] > 180 : rows[180][column] < 75, "column \(column)")
        }
    }

    @Test func aPictureThatIsTurnedInTheMiddleKeepsItsShape() throws {
        let wide = try bench.draw(
            "wide.ts", "-f lavfi -i color=red:size=320x180:rate=10:duration=1", Self.quick)
        let high = try bench.draw(
            "high.ts", "-f lavfi -i color=red:size=180x320:rate=10:duration=1", Self.quick,
            "-output_ts_offset 1")
        let both = try bench.write(
            try Data(contentsOf: URL(fileURLWithPath: wide.text))
                + Data(contentsOf: URL(fileURLWithPath: high.text)), as: "both.ts")
        let media = try bench.transcode(both)
        #expect((media.width, media.height) == (320, 180))
        let last = try bench.draw("last.png", "-sseof -0.2 -i \(bench.file(.main).text) -frames:v 1")
        let (middle, side) = (
            try bench.colour(last, region: "40:100:140:40"), try bench.colour(last, region: "80:100:4:40")
        )
        #expect(middle[0] > 200 && side[0] < 30, "\(middle) \(side)")
    }

    @Test(arguments: ["woven.ts", "later.ts"])
    func halfPicturesAreWovenApart(name: String) throws {
        // A bar that moves: woven together, its edge is a comb.
        let bar =
            "-f lavfi -i color=black:size=320x240:rate=50:duration=2,drawbox=x=0:y=0:w=20:h=240:c=white:t=fill"
        let moving = "-vf scroll=h=0.02,interlace=scan=tff"
        let woven = try bench.draw(
            "woven.ts", bar, moving, "-c:v mpeg2video -flags +ildct+ilme -q:v 2 -top 1",
            name == "later.ts" ? "-output_ts_offset 1" : "")
        var original = woven
        if name == "later.ts" {
            let calm = try bench.draw(
                "calm.ts", "-f lavfi -i color=gray:size=320x240:rate=25:duration=1 -c:v mpeg2video -q:v 2")
            original = try bench.write(
                try Data(contentsOf: URL(fileURLWithPath: calm.text))
                    + Data(contentsOf: URL(fileURLWithPath: woven.text)), as: name)
        }
        _ = try bench.transcode(original)
        let still = try bench.draw("still.png", "-sseof -1 -i \(bench.file(.main).text) -frames:v 1")
        let rows = try bench.grey(still, width: 320, height: 240)
        // From each row to the next, few pixels change much; a comb has one at every edge in every row.
        let jumps = (60..<180).reduce(0) { sum, row in
            sum + zip(rows[row], rows[row + 1]).count { abs(Int($0) - Int($1)) > 100 }
        }
        #expect(jumps < 60, "\(jumps) jumps")
    }

    /// Two programmes of one broadcast, whose clocks know nothing of each other.
    @Test func theSoundOfAnotherProgrammeIsNotTaken() throws {
        let both = try bench.draw(
            "both.ts", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2 -f lavfi -i sine=duration=2",
            "-f lavfi -i testsrc2=size=320x240:rate=25:duration=2",
            "-map 0:v -map 1:a -map 2:v -c:v mpeg2video -c:a mp2 -program program_num=1:st=0:st=1",
            "-program program_num=2:st=2")
        let media = try bench.transcode(both)
        #expect((media.width, media.height) == (320, 240))
        #expect(try bench.facts(bench.file(.main), "stream=codec_type") == ["codec_type=video"])
    }

    @Test func aDecoderThatNobodyNeedsIsNotOpened() throws {
        let clip = try bench.draw("odd.avi", Self.pictures, "-c:v asv1")
        #expect(bench.problem(of: clip) == .unsupportedCodec)
    }

    @Test func aHoleInTheSoundIsSilence() throws {
        let clip = try bench.draw(
            "hole.mkv", "-f lavfi -i color=size=32x32:rate=5:duration=40",
            "-itsoffset 35 -f lavfi -i sine=duration=5:sample_rate=48000", Self.quick, "-c:a flac")
        _ = try bench.transcode(clip)
        let loud = try bench.loudness(bench.file(.main))
        #expect(loud.prefix(50 * 34).allSatisfy { $0 < 0.001 })
        #expect(loud.dropFirst(50 * 35 + 5).prefix(50 * 4).allSatisfy { $0 > 0.05 })
    }

    @Test func aPosterOfAPictureThatChangedItsSizeIsDrawnAllTheSame() throws {
        let odd = try bench.draw(
            "odd.ts", "-f lavfi -i color=black:size=321x241:rate=10:duration=1 -c:v libx264 -pix_fmt yuv444p")
        let even = try bench.draw(
            "even.ts", "-f lavfi -i testsrc2=size=160x120:rate=10:duration=2", Self.quick, "-output_ts_offset 1"
        )
        let both = try bench.write(
            try Data(contentsOf: URL(fileURLWithPath: odd.text))
                + Data(contentsOf: URL(fileURLWithPath: even.text)), as: "both.ts")
        let (media, files) = try bench.preview(both)
        #expect((media.width, media.height) == (320, 240))
        #expect(files.map(\.role) == [.poster, .thumb])
    }

    @Test func aFileOfTooManyTracksIsRefused() throws {
        let clip = try bench.draw(
            words: "-f lavfi -i color=size=32x32:rate=5:duration=1".words
                + (0..<300).flatMap { _ in ["-map", "0:v"] } + ["-c:v", "mpeg4"], to: "many.mkv")
        #expect(throws: Refusal(.corrupt, "It has more than 256 tracks, as no recording has.")) {
            try bench.preview(clip)
        }
    }
}

extension String {
    fileprivate var words: [String] { split(separator: " ").map(String.init) }
}
