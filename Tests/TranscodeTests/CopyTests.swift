// When an original is published as it is, and what becomes of it then.
import Foundation
import Model
import Testing

@testable import Transcode

@Suite struct CopyRuleTests {
    private var phone: PictureTrack {
        var track = PictureTrack(index: 0, codec: "h264", width: 1280, height: 720)
        track.isPlainH264 = true
        track.firstPicture = 0
        track.frameRate = 30
        track.bitrate = 2_000_000
        track.isDefault = true
        return track
    }

    private var voice: SoundTrack {
        var track = SoundTrack(index: 1, codec: "aac", channels: 2, rate: 48_000)
        track.isPlainAAC = true
        track.start_s = 0
        return track
    }

    private func way(
        _ recipe: Recipe = Recipe(), cut: Bool = false,
        _ change: (inout PictureTrack, inout SoundTrack) -> Void = { _, _ in }
    ) throws -> Plan.Way {
        var (picture, sound) = (phone, voice)
        change(&picture, &sound)
        var probe = Probe(container: "mov,mp4,m4a,3gp,3g2,mj2", duration: 10)
        (probe.pictures, probe.sounds, probe.endsEarly) = ([picture], [sound], cut)
        return try Plan(for: probe, recipe: recipe).way
    }

    @Test func whatPlaysEverywhereIsCopied() throws {
        #expect(try way() == .copy(.bt709))
        #expect(try way { $1.start_s = nil } == .copy(.bt709))
        #expect(
            try way { picture, _ in
                (picture.width, picture.height) = (640, 480); picture.bitrate = 900_000
            } == .copy(.bt601))
        #expect(
            try way { picture, _ in picture.colourCodes = ColourCodes(primaries: 1, transfer: 6, matrix: 6) }
                == .copy(ColourCodes(primaries: 1, transfer: 6, matrix: 6)))
        // What is reserved, as some phones write, is filled in.
        #expect(
            try way { picture, _ in picture.colourCodes = ColourCodes(primaries: 1, transfer: 3, matrix: 0) }
                == .copy(.bt709))
    }

    @Test(
        arguments: [
            { (picture: inout PictureTrack, _: inout SoundTrack) in picture.isPlainH264 = false },
            { picture, _ in picture.isInterlaced = true }, { picture, _ in picture.colour.isFullRange = true },
            { picture, _ in picture.orientation = .right }, { picture, _ in picture.pixelShape = Ratio(4, 3) },
            { picture, _ in picture.width = 2560 }, { picture, _ in picture.height = 719 },
            { picture, _ in picture.bitrate = 9_000_000 }, { picture, _ in picture.bitrate = nil },
            { picture, _ in picture.frameRate = 120 }, { picture, _ in picture.frameRate = nil },
            { picture, _ in picture.firstPicture = 9_900 },
            { picture, _ in picture.colourCodes.transfer = 18 },
            { picture, _ in picture.colourCodes.transfer = 4 },
            { picture, _ in picture.colour.transfer = .hlg }, { picture, _ in picture.colour.primaries = .p3 },
            { picture, _ in picture.colourCodes.primaries = 12 },
            { picture, _ in picture.colourCodes.matrix = 9 },
            { picture, _ in
                picture.listing = Listing(packets: 300, bytes: 1, span_s: 10, inside_s: 10, hasCuts: true)
            },
            { picture, _ in
                picture.listing = Listing(packets: 300, bytes: 1, span_s: 10, inside_s: 9, hasCuts: false)
            },
            { _, sound in sound.isPlainAAC = false }, { _, sound in sound.channels = 6 },
            { _, sound in sound.rate = 8000 },
        ] as [@Sendable (inout PictureTrack, inout SoundTrack) -> Void])
    func whatDiffersInOneThingIsConverted(change: @Sendable (inout PictureTrack, inout SoundTrack) -> Void)
        throws
    {
        #expect(try way(Recipe(), change) == .convert)
    }

    @Test func theHouseMayWantEverythingConverted() throws {
        #expect(try way(Recipe(copyWhenPlayable: false)) == .convert)
        #expect(try way(cut: true) == .convert)
        // A stricter recipe makes smaller files.
        #expect(try way(Recipe(quality: 32)) == .convert)
    }
}

@Suite struct H264UnitTests {
    @Test func unitsAreFoundBehindLengthsAndBehindMarks() {
        let inFile: [UInt8] = [0, 0, 0, 2, 0x67, 1, 0, 0, 0, 3, 0x65, 1, 2]
        #expect(H264Units.inFile(inFile, lengthBytes: 4).map(\.kind) == [7, 5])
        #expect(H264Units.inFile([0, 2, 0x41, 1], lengthBytes: 2).map(\.isLeanedOn) == [true])
        #expect(H264Units.inStream([0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x65, 7] as [UInt8]).map(\.kind) == [7, 5])
        #expect(H264Units.inFile([0, 2, 0x01, 1], lengthBytes: 2).map(\.isLeanedOn) == [false])
        // Lengths that lead beyond the end, and nothing at all.
        #expect(H264Units.inFile([0xFF, 0xFF, 0xFF, 0xFF, 0x65] as [UInt8], lengthBytes: 4).map(\.kind) == [5])
        #expect(H264Units.inFile([] as [UInt8], lengthBytes: 4).isEmpty)
        #expect(H264Units.inStream([] as [UInt8]).isEmpty)
    }
}

/// Real clips, copied.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct CopyTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func clip(_ name: String, _ more: String = "") throws -> Path {
        try bench.draw(
            name, "-f lavfi -i testsrc2=size=640x360:rate=25:duration=4 -f lavfi -i sine=duration=4",
            "-c:v libx264 -preset medium -crf 36 -bf 2 -pix_fmt yuv420p -c:a aac -ar 44100",
            "-metadata title=Secret -metadata location=+48.1+11.5/", more)
    }

    @Test(arguments: ["plain.mp4", "plain.mkv", "plain.mov", "plain.flv", "plain.ts", "heard-first.mp4"])
    func everyPictureIsTheSame(name: String) throws {
        let original = try clip(name, name == "heard-first.mp4" ? "-map 1:a -map 0:v" : "")
        let media = try bench.transcode(original, copies: true)
        #expect(media.remarks.isEmpty)
        #expect(abs((media.duration ?? 0) - 4) < 0.1)
        #expect(try bench.looks(bench.file(.main)) == bench.looks(original))
        let facts = try bench.facts(
            bench.file(.main),
            "stream=profile,color_space,color_transfer,color_primaries,color_range,sample_rate,start_time"
                + ":format_tags")
        #expect(
            facts.isSuperset(of: [
                "profile=High", "color_space=smpte170m", "color_transfer=smpte170m",
                "color_primaries=smpte170m",
                "color_range=tv", "sample_rate=44100", "start_time=0.000000",
            ]), "\(facts.sorted())")
        #expect(!facts.contains { $0.contains("Secret") || $0.contains("48.1") })
        #expect(try abs(bench.end(of: "v", in: bench.file(.main)) - 4) < 0.1)
        #expect(try abs(bench.end(of: "a", in: bench.file(.main)) - 4) < 0.1)
    }

    @Test func damageInTheMiddleIsNotCopied() throws {
        let original = try clip("whole.mp4", "-an")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: original.text)))
        let middle = bytes.count / 2
        for offset in stride(from: middle, to: middle + 600, by: 7) { bytes[offset] ^= 0xFF }
        let media = try bench.transcode(try bench.write(bytes, as: "hurt.mp4"), copies: true)
        #expect(media.remarks == ["Some of its pictures are damaged."])
        #expect(try bench.facts(bench.file(.main), "stream=profile").contains("profile=Main"))
    }

    @Test func aKeyPictureThatLeansOnOthersIsNotCopied() throws {
        let open = try clip("open.mp4", "-x264opts open-gop=1:keyint=25:min-keyint=25:scenecut=0:bframes=2")
        _ = try bench.transcode(open, copies: true)
        #expect(try bench.facts(bench.file(.main), "stream=profile").contains("profile=Main"))
    }

    @Test(arguments: ["-pix_fmt yuv444p", "-pix_fmt yuvj420p", "-color_trc smpte2084 -color_primaries bt2020"])
    func whatChangesItsKindInTheMiddleIsNotCopied(how: String) throws {
        let source =
            "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -crf 36 -pix_fmt yuv420p"
        let one = try bench.draw("one.ts", source)
        let other = try bench.draw("other.ts", source, how, "-output_ts_offset 2.5")
        let both = try bench.write(
            try Data(contentsOf: URL(fileURLWithPath: one.text))
                + Data(contentsOf: URL(fileURLWithPath: other.text)), as: "both.ts")
        _ = try bench.transcode(both, copies: true)
        #expect(try bench.facts(bench.file(.main), "stream=profile").contains("profile=Main"))
    }

    @Test func whatTurnsOutToBeInterlacedIsNotCopied() throws {
        let calm = try bench.draw(
            "calm.ts",
            "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -crf 36 -pix_fmt yuv420p")
        let woven = try bench.draw(
            "woven.ts", "-f lavfi -i testsrc2=size=640x360:rate=50:duration=2 -vf interlace=scan=tff",
            "-c:v libx264 -crf 36 -pix_fmt yuv420p -x264opts tff=1:interlaced=1 -output_ts_offset 2")
        let both = try bench.write(
            try Data(contentsOf: URL(fileURLWithPath: calm.text))
                + Data(contentsOf: URL(fileURLWithPath: woven.text)), as: "both.ts")
        _ = try bench.transcode(both, copies: true)
        #expect(try bench.facts(bench.file(.main), "stream=profile").contains("profile=Main"))
    }
}
