// What stands for a clip until it is played.
import Foundation
import Model
import Testing

@testable import Transcode

@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct PosterTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    @Test func aPaletteThatComesOnceColoursThePosterToo() throws {
        let clip = try bench.draw(
            "palette.avi", "-f lavfi -i color=red:size=320x240:rate=25:duration=4 -c:v rawvideo -pix_fmt pal8")
        _ = try bench.preview(clip)
        let colour = try bench.colour(bench.file(.poster), region: "320:240:0:0")
        #expect(colour[0] > 200 && colour[2] < 60, "\(colour)")
    }

    /// It is the picture that was looked at first, where nobody needs beauty.
    @Test func thePosterOfHEVCIsAsSmoothAsItsVideo() throws {
        let clip = try bench.draw(
            "coarse.mov", "-f lavfi -i mandelbrot=s=320x240:r=25:start_scale=2.5 -frames:v 5",
            "-c:v libx265 -pix_fmt yuv420p -crf 45 -x265-params log-level=error")
        _ = try bench.preview(clip)
        let grey = "-frames:v 1 -pix_fmt gray -f rawvideo"
        let poster = try bench.bytes("-i \(bench.file(.poster).text) \(grey)")
        let distance = { (filter: String) in
            zip(poster, try bench.bytes("-skip_loop_filter \(filter) -i \(clip.text) \(grey)"))
                .reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        }
        #expect(try 4 * distance("none") < 3 * distance("all"))
    }

    @Test func thePosterIsNotTheBlackBeginning() throws {
        let clip = try bench.draw(
            "dark.mp4", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=4 -vf fade=in:0:50 -g 250",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p")
        _ = try bench.preview(clip)
        #expect(try bench.colour(bench.file(.poster), region: "320:240:0:0").contains { $0 > 60 })
    }

    /// Some cameras write what a decoder must know into the first picture, and nowhere else.
    @Test func aPosterIsFoundWhereTheFirstPictureAloneSaysHowToDecode() throws {
        let clip = try bench.draw(
            "everywhere.mp4",
            "-f lavfi -i testsrc2=size=320x240:rate=25:duration=4 -vf eq=0.5:0:0.5:enable='lt(t,1)' -c:v libx265",
            "-pix_fmt yuv420p -tag:v hev1 -x265-params repeat-headers=1:keyint=25:min-keyint=25:log-level=error"
        )
        let once = try bench.write(
            Self.saidOnce(Array(Data(contentsOf: URL(fileURLWithPath: clip.text)))), as: "once.mp4")
        _ = try bench.preview(once)
        // The first second is duller than what follows.
        let bar = try bench.colour(bench.file(.poster), region: "30:60:5:150")
        #expect(bar[0] > 230 && bar[1] < 30, "\(bar)")
        #expect(try bench.transcode(once).remarks.isEmpty)
        #expect(try bench.times(bench.file(.main)).count == 100)
    }

    /// The same clip, where the parameter sets stand neither in its description nor before any key picture but the first.
    private static func saidOnce(_ clip: [UInt8]) throws -> [UInt8] {
        var bytes = clip
        let description = try #require(bytes.firstRange(of: Array("hvcC".utf8))).lowerBound - 4
        let size = bytes[description..<(description + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        // Head, 22 bytes and a count of none; what is left of its room is free.
        let (bare, free) = (UInt32(31), description + 31)
        bytes[free - 1] = 0
        bytes.replaceSubrange((free + 4)..<(free + 8), with: "free".utf8)
        for (place, size) in [(description, bare), (free, size - bare)] {
            bytes.replaceSubrange(place..<(place + 4), with: withUnsafeBytes(of: size.bigEndian, Array.init))
        }
        let (sets, unknown): ([[UInt8]], UInt8) = (
            [[0x40, 1, 0x0C, 1], [0x42, 1, 1], [0x44, 1, 0xC1]], 0x52
        )
        for set in sets {
            let places = bytes.ranges(of: set).map(\.lowerBound)
            try #require(places.count > 3)
            for place in places.dropFirst() { bytes[place] = unknown }
        }
        return bytes
    }
}
