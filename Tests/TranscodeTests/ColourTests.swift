// Colours, from what files say of them to what is published.
import Foundation
import Model
import Testing
import Transcode

/// What is to be done, from what was found. Pure.
@Suite struct ColourPlanTests {
    @Test(arguments: [
        (Colour.Primaries.bt709, false), (.ebu, true), (.smpteC, true), (.p3, true),
        (.bt2020, true),
    ])
    func onlyOtherPrimariesAreConverted(primaries: Colour.Primaries, isConverted: Bool) throws {
        var track = picture()
        track.colour.primaries = primaries
        track.colour.matrix = .bt709
        track.colour.transfer = .sdr
        let work = try plan(track).picture.colour
        #expect(work == (isConverted ? .narrow(track.colour) : .rearrange(track.colour)))
    }

    @Test(arguments: [(1, Colour.Transfer.pq), (2, .sdr), (4, .hlg), (6, .pq)])
    func dolbyVisionSaysWhatItsPicturesAre(compatibility: Int, transfer: Colour.Transfer) throws {
        var track = picture()
        track.dolbyVision = DolbyVision(profile: 8, compatibility: compatibility)
        switch try plan(track).picture.colour {
        case .toneMap(let colour), .narrow(let colour), .rearrange(let colour):
            #expect(colour.transfer == transfer)
        }
        track.colour.transfer = .hlg
        guard case .toneMap(let said) = try plan(track).picture.colour else { return #expect(Bool(false)) }
        #expect(said.transfer == .hlg)
    }

    @Test func dolbyVisionForItsOwnDevicesAloneIsRefused() throws {
        var track = picture()
        track.dolbyVision = DolbyVision(profile: 5, compatibility: 0)
        do throws(Refusal) {
            _ = try plan(track)
            Issue.record("it was accepted")
        } catch {
            #expect(error.problem == .unsupportedCodec)
            #expect(error.detail?.hasPrefix("It is Dolby Vision of profile 5, which ") == true)
        }
        // Two layers, of which one is what every player reads.
        track.dolbyVision = DolbyVision(profile: 7, compatibility: 0)
        _ = try plan(track)
    }

    private func plan(_ track: PictureTrack) throws(Refusal) -> Plan {
        var probe = Probe(container: "mov,mp4,m4a,3gp,3g2,mj2", duration: 10)
        probe.pictures = [track]
        return try Plan(for: probe, recipe: Recipe())
    }

    private func picture() -> PictureTrack {
        var track = PictureTrack(index: 0, codec: "hevc", width: 1920, height: 1080)
        track.firstPicture = 0
        return track
    }
}

/// Clips of known colours through the whole room.
@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct ColourTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    /// Left grey, right red, as they are written down: a clip of one picture's colours, ten bits, no tags.
    private static let patches =
        "-f lavfi -i color=black:size=128x64:rate=10:duration=0.5,format=yuv420p10le,"
        + "geq=lum='if(lt(X,64),721,400)':cb='if(lt(X,32),512,448)':cr='if(lt(X,32),512,640)'"

    /// The same two patches by the exact way, as red, green and blue.
    private static func expected(_ colour: Colour) -> [[Double]] {
        [(721.0, 512.0, 512.0), (400, 448, 640)].map { luma, cb, cr in
            // The map is made for the limited range, to which the filters bring all.
            let (black, light, hue) = colour.isFullRange ? (64.0, 876.0 / 1023, 896.0 / 1023) : (0, 1, 1)
            let pixel =
                ColourMap(colour).ordinary(
                    luma: black + luma * light, cb: 512 + (cb - 512) * hue, cr: 512 + (cr - 512) * hue) * 255
            return [pixel.x, pixel.y, pixel.z]
        }
    }

    private static func colour(_ transfer: Colour.Transfer) -> Colour {
        var colour = Colour()
        (colour.transfer, colour.primaries, colour.matrix) = (transfer, .bt2020, .bt2020)
        return colour
    }

    private func expectPatches(_ file: Path, _ colour: Colour, within tolerance: Double) throws {
        for (region, wanted) in zip(["40:40:8:12", "40:40:80:12"], Self.expected(colour)) {
            let found = try bench.colour(file, region: region)
            for (seen, should) in zip(found, wanted) {
                #expect(abs(Double(seen) - should) <= tolerance, "\(file.text) \(region) \(found) \(wanted)")
            }
        }
    }

    private func expectOrdinary() throws {
        let said = try bench.facts(
            bench.file(.main), "stream=color_space,color_primaries,color_transfer,color_range,pix_fmt")
        #expect(
            said == [
                "color_space=bt709", "color_primaries=bt709", "color_transfer=bt709", "color_range=tv",
                "pix_fmt=yuv420p",
            ])
    }

    @Test(arguments: [(Colour.Transfer.hlg, nil), (.pq, nil), (.pq, 4000)] as [(Colour.Transfer, Int?)])
    func brightVideoIsMapped(transfer: Colour.Transfer, peak: Int?) throws {
        let tag = transfer == .hlg ? "arib-std-b67" : "smpte2084"
        let said = peak.map { ":hdr10=1:max-cll=\($0),400" } ?? ""
        let clip = try bench.draw(
            "bright.mp4", Self.patches,
            "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params",
            "log-level=none:crf=4:colorprim=bt2020:transfer=\(tag):colormatrix=bt2020nc:range=limited\(said)")
        var colour = Self.colour(transfer)
        colour.peak = peak.map(Double.init)
        _ = try bench.transcode(clip)
        try expectOrdinary()
        try expectPatches(bench.file(.main), colour, within: 5)
        _ = try bench.preview(clip)
        try expectPatches(bench.file(.poster), colour, within: 7)
    }

    @Test(arguments: [(Colour.Matrix.bt601, false), (.bt601, true), (.bt709, true), (.bt2020, false)])
    func otherNumbersForTheUsualColoursAreReadAsTheyAreMeant(matrix: Colour.Matrix, isFull: Bool) throws {
        let tag = [Colour.Matrix.bt601: "smpte170m", .bt709: "bt709", .bt2020: "bt2020nc"][matrix] ?? ""
        let clip = try bench.draw(
            "numbers.mp4", Self.patches, "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params",
            "log-level=none:crf=4:colorprim=bt709:transfer=bt709:colormatrix=\(tag):range=\(isFull ? "full" : "limited")"
        )
        var colour = Colour()
        (colour.transfer, colour.primaries, colour.matrix) = (.sdr, .bt709, matrix)
        colour.isFullRange = isFull
        _ = try bench.transcode(clip)
        try expectOrdinary()
        try expectPatches(bench.file(.main), colour, within: 4)
        _ = try bench.preview(clip)
        try expectPatches(bench.file(.poster), colour, within: 5)
    }

    @Test func aContainerIsBelievedWhereTheCodecIsSilent() throws {
        let clip = try bench.draw(
            "silent.mp4",
            Self.patches + ",setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc",
            "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:crf=4",
            "-bsf:v hevc_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2",
            "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc -movflags write_colr")
        _ = try bench.transcode(clip)
        try expectOrdinary()
        try expectPatches(bench.file(.main), Self.colour(.hlg), within: 5)
    }

    @Test(arguments: [(5, 0, Problem.unsupportedCodec), (8, 4, nil)] as [(UInt8, UInt8, Problem?)])
    func dolbyVisionIsKnownByItsBox(profile: UInt8, compatibility: UInt8, problem: Problem?) throws {
        let clip = try bench.draw(
            "plain.mp4", Self.patches, "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none")
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: clip.text)))
        let place = { (type: String, from: Int) in
            bytes[from...].indices.dropLast(3).first { bytes[$0..<($0 + 4)].elementsEqual(type.utf8) } ?? from
        }
        // The boxes around it grow; nothing moves but the end, where ffmpeg puts them.
        var around = [place("moov", 0)]
        for type in ["trak", "mdia", "minf", "stbl", "stsd", "hvc1"] {
            around.append(place(type, around.last ?? 0))
        }
        let size = { (type: Int) in bytes[(type - 4)..<type].reduce(0) { $0 << 8 | Int($1) } }
        let end = (around.last ?? 0) - 4 + size(around.last ?? 0)
        for type in around {
            let grown = size(type) + 32
            for byte in 0..<4 { bytes[type - 4 + byte] = UInt8(truncatingIfNeeded: grown >> (24 - 8 * byte)) }
        }
        let box: [UInt8] =
            [0, 0, 0, 32] + Array("dvcC".utf8) + [1, 0, profile << 1, 1 << 3 | 5, compatibility << 4]
        bytes.insert(contentsOf: box + [UInt8](repeating: 0, count: 32 - box.count), at: end)
        #expect(bench.problem(of: try bench.write(bytes, as: "dolby.mp4")) == problem)
        // Told of nothing else, the pictures are what the box says.
        if problem == nil { try expectPatches(bench.file(.main), Self.colour(.hlg), within: 5) }
    }

    @Test func theFullRangeBecomesTheLimitedOne() throws {
        let clip = try bench.draw(
            "full.mp4", "-f lavfi -i color=white:size=128x64:rate=10:duration=0.5,drawbox=0:0:64:64:black:fill",
            "-vf scale=out_range=pc:out_color_matrix=bt709,format=yuvj420p -c:v libx264 -preset ultrafast",
            "-color_range pc -colorspace bt709 -color_primaries bt709 -color_trc bt709")
        _ = try bench.transcode(clip)
        try expectOrdinary()
        #expect(try bench.colour(bench.file(.main), region: "40:40:8:12").allSatisfy { $0 <= 2 })
        #expect(try bench.colour(bench.file(.main), region: "40:40:80:12").allSatisfy { $0 >= 253 })
    }

    @Test(arguments: [
        (Colour.Primaries.p3, "smpte432"), (.ebu, "bt470bg"), (.smpteC, "smpte170m"), (.bt2020, "bt2020"),
    ])
    func otherPrimariesBecomeWhatAnotherConverterMakesOfThem(primaries: Colour.Primaries, tag: String) throws {
        let sample = (luma: 500, cb: 470, cr: 590)
        let bytes = try bench.bytes(
            "-f lavfi -i color=black:size=16x16,format=yuv420p10le,geq=lum=\(sample.luma):cb=\(sample.cb):cr=\(sample.cr)",
            "-vf setparams=color_primaries=\(tag):color_trc=bt709:colorspace=bt709:range=tv,"
                + "zscale=primaries=709:transfer=709:matrix=709:range=limited,format=yuv444p",
            "-frames:v 1 -f rawvideo")
        var colour = Colour()
        (colour.primaries, colour.matrix, colour.transfer) = (primaries, .bt709, .sdr)
        let made = ColourMap(colour).ordinary(
            luma: Double(sample.luma), cb: Double(sample.cb), cr: Double(sample.cr))
        let luma = 0.2126 * made.x + 0.7152 * made.y + 0.0722 * made.z
        let ours = [
            16 + 219 * luma, 128 + 112 * (made.z - luma) / 0.9278, 128 + 112 * (made.x - luma) / 0.7874,
        ]
        for (plane, value) in ours.enumerated() {
            #expect(abs(Double(bytes[plane * 256 + 100]) - value) <= 2, "\(tag) \(plane)")
        }
    }
}
