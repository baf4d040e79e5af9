// From clips made on the spot to what is published of them.
import Foundation
import Model
import Scratch
import Testing
import Transcode

/// Real clips, drawn here, through the whole room.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct ClipTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    @Test func aPlainClipBecomesWhatEveryBrowserPlays() throws {
        let clip = try bench.draw(
            "plain.mov", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=3 -f lavfi -i sine=duration=3",
            "-metadata location=+48.1+11.5/ -metadata com.apple.quicktime.make=Apple",
            "-movflags use_metadata_tags",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv444p -c:a aac")
        let media = try bench.transcode(clip)
        #expect(media.width == 640 && media.height == 360)
        #expect(media.device == "Apple")
        #expect(abs((media.duration ?? 0) - 3) < 0.1)
        let facts = try bench.facts(
            bench.file(.main),
            "stream=codec_name,profile,width,height,pix_fmt,color_space,color_range,start_time:format_tags")
        let expected: Set = [
            "codec_name=h264", "profile=Main", "pix_fmt=yuv420p", "width=640", "height=360",
            "color_space=bt709",
            "color_range=tv", "codec_name=aac", "profile=LC", "start_time=0.000000",
        ]
        #expect(facts.isSuperset(of: expected))
        #expect(!facts.contains { $0.contains("48.1") || $0.contains("Apple") })
    }

    /// Old televisions want the main profile, which is the seed's.
    @Test(arguments: [("camera", "High", " ref=1 "), ("seed", "Main", " ref=3 ")])
    func theRecipeDecides(_ preset: String, _ profile: String, _ setting: String) throws {
        let clip = try bench.draw(
            "small.mp4", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -c:v libx264 -pix_fmt yuv420p")
        _ = try bench.transcode(clip, preset: preset)
        #expect(try bench.facts(bench.file(.main), "stream=profile") == ["profile=\(profile)"])
        // x264 writes its settings before the first picture.
        let made = try Data(contentsOf: URL(fileURLWithPath: bench.file(.main).text))
        #expect(made.range(of: Data(setting.utf8)) != nil)
    }

    @Test func aClipFilmedUprightStandsUpright() throws {
        let flat = try bench.draw(
            "flat.mp4", "-f lavfi -i color=red:size=320x240:rate=10:duration=1,drawbox=0:0:160:240:blue:fill",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: flat.text)))
        let turned = try bench.write(#require(filmedUpright(bytes, height: 240)), as: "turned.mp4")
        let (media, files) = try bench.preview(turned)
        #expect(media.width == 240 && media.height == 320)
        #expect(
            files == [
                MadeFile(role: .poster, width: 240, height: 320),
                MadeFile(role: .thumb, width: 240, height: 320),
            ])
        _ = try bench.transcode(turned)
        #expect(try bench.facts(bench.file(.main), "stream_side_data=rotation").isEmpty)
        // Turned clockwise, what was left is on top.
        for file in [bench.file(.poster), bench.file(.main)] {
            let top = try bench.colour(file, region: "200:100:20:20")
            let bottom = try bench.colour(file, region: "200:100:20:200")
            #expect(top[2] > 230 && top[0] < 25, "\(file.text) \(top)")
            #expect(bottom[0] > 230 && bottom[2] < 25, "\(file.text) \(bottom)")
        }
    }

    @Test func everyPictureKeepsItsTime() throws {
        let clip = try bench.draw(
            "uneven.mp4", "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2",
            "-vf setpts=PTS+floor(N/10)*0.2/TB -fps_mode vfr -c:v libx264 -preset ultrafast -bf 2")
        let (before, media) = (try bench.times(clip), try bench.transcode(clip))
        let after = try bench.times(bench.file(.main))
        #expect(after.count == before.count)
        #expect(after.first == 0)
        for (was, now) in zip(before, after) { #expect(abs((was - before[0]) - now) < 0.002) }
        let length = try #require(after.last) + 1.0 / 30
        #expect(abs((media.duration ?? 0) - length) < 0.05)
    }

    @Test func oddSidesBecomeEvenAndLargeOnesSmall() throws {
        let odd = try bench.draw(
            "odd.mkv",
            "-f lavfi -i testsrc2=size=321x241:rate=10:duration=1",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv444p"
        )
        var media = try bench.transcode(odd)
        #expect(media.width == 320 && media.height == 240)
        media = try bench.transcode(odd, longSide: 100)
        #expect(media.width == 100 && media.height == 74)
    }

    @Test func soundStaysWithThePictures() throws {
        // Six channels that begin half a second after the pictures, at a rate that browsers do not know.
        let clip = try bench.draw(
            "late.mkv", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2",
            "-itsoffset 0.5 -f lavfi -i sine=duration=1.5:sample_rate=32000",
            "-c:v libx264 -preset ultrafast -ac 6 -c:a flac")
        _ = try bench.transcode(clip)
        let facts = try bench.facts(bench.file(.main), "stream=sample_rate,channels,codec_name")
        #expect(facts.isSuperset(of: ["sample_rate=48000", "channels=2", "codec_name=aac"]))
        let loud = try bench.loudness(bench.file(.main))
        #expect(loud.prefix(22).allSatisfy { $0 < 0.001 })
        #expect(loud.dropFirst(30).prefix(60).allSatisfy { $0 > 0.005 })
    }

    @Test func aMuteClipIsFine() throws {
        let clip = try bench.draw(
            "mute.avi", "-f lavfi -i testsrc2=size=160x120:rate=10:duration=1 -c:v mjpeg")
        let media = try bench.transcode(clip)
        #expect(media.remarks.isEmpty)
        #expect(try bench.facts(bench.file(.main), "stream=codec_type") == ["codec_type=video"])
    }

    @Test func theSameWorkGivesTheSameBytes() throws {
        let clip = try bench.draw("same.mp4", "-f lavfi -i testsrc2=size=160x120:rate=10:duration=1")
        _ = try bench.transcode(clip)
        let first = try Data(contentsOf: URL(fileURLWithPath: bench.file(.main).text))
        _ = try bench.transcode(clip)
        #expect(try Data(contentsOf: URL(fileURLWithPath: bench.file(.main).text)) == first)
    }
}

/// What cannot be a video is refused in the right words.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct RefusalTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    @Test func whatIsNoVideo() throws {
        #expect(bench.problem(of: try bench.write("valid.mp4".utf8, as: "a.mp4")) == .notMedia)
        #expect(bench.problem(of: try bench.write([], as: "b.mp4")) == .empty)
        let noise = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435_761 >> 7) }
        #expect(bench.problem(of: try bench.write(noise, as: "c.mp4")) == .notMedia)
        let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n"
        #expect(bench.problem(of: try bench.write(playlist.utf8, as: "d.mp4")) == .notMedia)
    }

    @Test func whatHasNoPicture() throws {
        #expect(bench.problem(of: try bench.draw("a.m4a", "-f lavfi -i sine=duration=1")) == .noPicture)
        #expect(bench.problem(of: try bench.draw("a.wav", "-f lavfi -i sine=duration=1")) == .noPicture)
    }

    @Test func whatWasCutShort() throws {
        let clip = try bench.draw(
            "a.mp4", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=4 -g 25 -b:v 2M")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: clip.text))
        let half = try bench.write(bytes.prefix(bytes.count / 2), as: "half.mp4")
        #expect(bench.problem(of: half) == .truncated)

        let front = try bench.draw("b.mp4", "-i \(clip.text) -c copy -movflags +faststart")
        let whole = try Data(contentsOf: URL(fileURLWithPath: front.text))
        let most = try bench.write(whole.prefix(whole.count * 3 / 4), as: "most.mp4")
        let media = try bench.transcode(most)
        #expect(media.remarks.contains { $0.hasPrefix("The last") })
        let little = try bench.write(whole.prefix(whole.count / 4), as: "little.mp4")
        #expect(bench.problem(of: little) == .truncated)
    }
}

/// What was cut short, in every container: never published as if it were whole where that can be known.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct CutShortTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func cut(_ name: String, _ codecs: String, keeping part: Double) throws -> Path {
        let clip = try bench.draw(
            name, "-f lavfi -i testsrc2=size=320x240:rate=25:duration=6 -f lavfi -i sine=duration=6", codecs)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: clip.text))
        return try bench.write(bytes.prefix(Int(Double(bytes.count) * part)), as: "cut-" + name)
    }

    private static let h264 = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac"

    @Test(arguments: [
        ("front.mp4", h264 + " -movflags +faststart"), ("matroska.mkv", h264),
        ("web.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus"),
        ("old.avi", "-c:v mjpeg -c:a pcm_s16le"), ("pieces.mp4", h264 + " -movflags frag_keyframe+empty_moov"),
        ("flash.flv", h264), ("windows.wmv", "-c:v wmv2 -c:a wmav2"),
        ("tape.mxf", "-c:v mpeg2video -c:a pcm_s16le -ar 48000"),
    ])
    func mostOfItIsPublishedWithARemark(name: String, codecs: String) throws {
        let media = try bench.transcode(try cut(name, codecs, keeping: 0.75))
        let remark = try #require(media.remarks.first, "\(name) was published as if it were whole")
        #expect(remark.hasSuffix("could not be read.") || remark == "The end of this file is missing.")
        #expect(abs((media.duration ?? 0) - 4.5) < 1)
    }

    @Test(arguments: [
        ("front.mp4", h264 + " -movflags +faststart"), ("matroska.mkv", h264),
        ("old.avi", "-c:v mjpeg -c:a pcm_s16le"),
    ])
    func littleOfItIsHandedBack(name: String, codecs: String) throws {
        #expect(bench.problem(of: try cut(name, codecs, keeping: 0.3)) == .truncated)
    }

    @Test(arguments: [
        ("hole.mkv", h264), ("hole.flv", h264), ("hole.ts", h264),
        ("hole.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus"),
    ])
    func aHoleInTheMiddleIsToldOf(name: String, codecs: String) throws {
        let clip = try bench.draw(
            name, "-f lavfi -i testsrc2=size=320x240:rate=25:duration=6 -f lavfi -i sine=duration=6", codecs)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        let start = bytes.count / 2
        bytes.replaceSubrange(
            start..<(start + bytes.count / 8), with: [UInt8](repeating: 0, count: bytes.count / 8))
        let hurt = try bench.write(bytes, as: "hurt-" + name)
        for copies in [false, true] {
            do throws(Refusal) {
                #expect(try !bench.transcode(hurt, copies: copies).remarks.isEmpty, "\(name) is not whole")
            } catch { #expect(error.problem == .truncated || error.problem == .corrupt) }
        }
    }

    /// Nothing in these says how long they should be: what there is, is published.
    @Test(arguments: [
        ("stream.ts", h264), ("disc.mpg", "-c:v mpeg2video -c:a mp2"),
        ("free.ogv", "-c:v libtheora -c:a libvorbis"),
    ])
    func whatDoesNotKnowItsLengthIsPublished(name: String, codecs: String) throws {
        let media = try bench.transcode(try cut(name, codecs, keeping: 0.75))
        #expect(abs((media.duration ?? 0) - 4.5) < 1)
    }
}

/// Recordings of real cameras and real accidents.
@Suite(
    .serialized, .seated,
    .enabled(if: Bench.recording("apple.MOV") != nil, "there are no recordings beside the source"))
struct RecordingTests {
    @Test(arguments: [
        ("video_90.mov", 320, 568), ("apple.MOV", 1440, 1920), ("sample_rotate_and_reflect.mp4", 720, 1080),
        ("sar_2x1.mp4", 1280, 360), ("hlg10-color-test.mp4", 1920, 1080), ("sample_fragmented.mp4", 1080, 720),
        ("Sony ILCE-7M3 (A7M3).mts", 1920, 1080),
    ])
    func plays(name: String, width: Int, height: Int) throws {
        let bench = try Bench()
        let original = try #require(Bench.recording(name))
        let (media, files) = try bench.preview(original)
        #expect(media.width == width && media.height == height)
        #expect(files.map(\.role) == [.poster, .thumb])
        // Small, because the tests are built to be debugged, which makes each pixel dear.
        #expect(try bench.transcode(original, longSide: 480).remarks.isEmpty)
    }

    @Test(arguments: [
        ("html404.3gp", Problem.notMedia), ("text9bytes.m4v", .notMedia), ("voice_audio.m4a", .noPicture),
        ("sample_fragmented_variable_length_sgpd.mp4", .drm),
        ("sample_vvc.mp4", .unsupportedCodec), ("fixture-isom.mp4", .truncated), ("annex-b.mp4", .truncated),
    ])
    func isRefused(name: String, problem: Problem) throws {
        let original = try #require(Bench.recording(name))
        #expect(try Bench().problem(of: original) == problem)
    }
}
