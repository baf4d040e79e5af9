// The plan, as the table that it is.
import Model
import Testing
import Transcode

/// The plan is pure: what was found goes in, a plan or a refusal comes out.
@Suite struct PlanTests {
    @Test(arguments: [
        // stored width and height, pixel shape, orientation, long side; published width and height
        (1920, 1080, Ratio(1, 1), Orientation.upright, 2400, 1920, 1080),
        (3840, 2160, Ratio(1, 1), .upright, 2400, 2400, 1350),
        (3840, 2160, Ratio(1, 1), .right, 2400, 1350, 2400),
        (321, 241, Ratio(1, 1), .upright, 2400, 320, 240),
        (640, 360, Ratio(2, 1), .upright, 2400, 1280, 360),
        (720, 576, Ratio(16, 15), .left, 2400, 576, 768),
        (1, 1, Ratio(1, 1), .upright, 2400, 2, 2),
        (720, 576, Ratio(0, 1), .upright, 2400, 720, 576),
        (2000, 1000, Ratio(1, 1), .mirrored, 100, 100, 50),
    ])
    func size(
        width: Int, height: Int, shape: Ratio, orientation: Orientation, longSide: Int, published: Int,
        high: Int
    ) throws {
        var track = picture(width: width, height: height)
        track.pixelShape = shape
        track.orientation = orientation
        let plan = try Plan(for: probe([track]), recipe: Recipe(longSide: longSide))
        #expect(plan.picture.width == published)
        #expect(plan.picture.height == high)
    }

    @Test func aFileOfPicturesThatNobodyCanReadIsRefusedForTheRightReason() {
        var locked = picture()
        locked.isEncrypted = true
        var unknown = picture()
        unknown.hasDecoder = false
        var empty = picture()
        empty.firstPicture = nil
        var cover = picture()
        cover.isAttached = true

        #expect(refusal(of: probe([])) == .corrupt)
        var guessed = probe([])
        guessed.isDoubtful = true
        #expect(refusal(of: guessed) == .notMedia)
        #expect(refusal(of: probe([], sounds: [sound()])) == .noPicture)
        #expect(refusal(of: probe([cover], sounds: [sound()])) == .noPicture)
        #expect(refusal(of: probe([locked])) == .drm)
        #expect(refusal(of: probe([unknown])) == .unsupportedCodec)
        #expect(refusal(of: probe([empty])) == .corrupt)
        var giant = picture(width: 65_000, height: 65_000)
        giant.firstPicture = nil
        #expect(refusal(of: probe([giant])) == .tooManyPixels)
        var cutShort = probe([empty])
        cutShort.endsEarly = true
        #expect(refusal(of: cutShort) == .truncated)
        var guess = probe([empty])
        guess.isDoubtful = true
        #expect(refusal(of: guess) == .notMedia)
    }

    @Test func aFewLargePicturesBesideTheVideoAreNotTheVideo() throws {
        var video = picture(width: 1440, height: 1080)
        video.count = 53
        var stills = picture(index: 1, width: 2048, height: 1536)
        stills.count = 2
        let plan = try Plan(for: probe([video, stills]), recipe: Recipe())
        #expect(plan.picture.track == 0)
    }

    @Test func soundIsTakenFromTheTrackThatPlays() throws {
        var silent = sound(index: 1, channels: 4)
        silent.start_s = nil
        silent.isDefault = true
        let plays = sound(index: 2, channels: 6)
        let plan = try Plan(for: probe([picture()], sounds: [silent, plays]), recipe: Recipe())
        #expect(plan.sound == SoundPlan(for: plays, recipe: Recipe()))
        #expect(plan.sound?.channels == 2)
        #expect(plan.remarks.isEmpty)

        let mute = try Plan(for: probe([picture()], sounds: [silent]), recipe: Recipe())
        #expect(mute.sound == nil)
        #expect(mute.remarks == ["The sound of this file could not be read."])
    }

    @Test(arguments: [
        (1, 44_100, 1, 44_100), (2, 8000, 2, 48_000), (6, 48_000, 2, 48_000), (1, 96_000, 1, 48_000),
    ])
    func soundIsBroughtToWhatPlaysEverywhere(channels: Int, rate: Int, made: Int, at: Int) {
        let plan = SoundPlan(for: sound(channels: channels, rate: rate), recipe: Recipe())
        #expect(plan.channels == made)
        #expect(plan.rate == at)
    }

    @Test func coloursThatTheFileDoesNotNameAreGuessedAsPlayersDo() throws {
        let high = try Plan(for: probe([picture(width: 1280, height: 720)]), recipe: Recipe())
        // These are right already.
        #expect(!high.picture.filters().contains("matrix"))
        let low = try Plan(for: probe([picture(width: 640, height: 480)]), recipe: Recipe())
        #expect(low.picture.filters().contains("colorspace=ispace=smpte170m:irange=tv"))
        var bright = picture()
        bright.colour.transfer = .hlg
        let mapped = try Plan(for: probe([bright]), recipe: Recipe())
        guard case .toneMap(let colour) = mapped.picture.colour else { return #expect(Bool(false)) }
        #expect((colour.primaries, colour.matrix) == (.bt2020, .bt2020))
    }

    @Test(arguments: [
        // rows of display matrices, as phones write them
        (1, 0, 0, 1, Orientation.upright), (0, 1, -1, 0, .right), (-1, 0, 0, -1, .upsideDown),
        (0, -1, 1, 0, .left),
        (-1, 0, 0, 1, .mirrored), (1, 0, 0, -1, .mirroredUpsideDown), (0, 1, 1, 0, .transposed),
        (0, -1, -1, 0, .transverse), (0, 0, 0, 0, .upright),
    ])
    func orientation(a: Int32, b: Int32, c: Int32, d: Int32, expected: Orientation) {
        #expect(Orientation(a: a << 16, b: b << 16, c: c << 16, d: d << 16) == expected)
    }

    private func refusal(of probe: Probe) -> Problem? {
        do throws(Refusal) {
            _ = try Plan(for: probe, recipe: Recipe())
            return nil
        } catch {
            return error.problem
        }
    }

    private func probe(_ pictures: [PictureTrack], sounds: [SoundTrack] = []) -> Probe {
        var probe = Probe(container: "mov,mp4,m4a,3gp,3g2,mj2", duration: 10)
        probe.pictures = pictures
        probe.sounds = sounds
        return probe
    }

    private func picture(index: Int = 0, width: Int = 1920, height: Int = 1080) -> PictureTrack {
        var track = PictureTrack(index: index, codec: "h264", width: width, height: height)
        track.firstPicture = 0
        return track
    }

    private func sound(index: Int = 1, channels: Int = 2, rate: Int = 48_000) -> SoundTrack {
        var track = SoundTrack(index: index, codec: "aac", channels: channels, rate: rate)
        track.start_s = 0
        return track
    }
}

/// The first look at a file's bytes, and at its boxes.
@Suite struct RecogniseTests {
    @Test(arguments: [
        ([0xFF, 0xD8, 0xFF, 0xE0], FirstLook.picture), ([0x89, 0x50, 0x4E, 0x47], .picture),
        (Array("\0\0\0\u{18}ftypheic".utf8), .picture), (Array("\0\0\0\u{18}ftypqt  ".utf8), .unknown),
        (Array("RIFF\0\0\0\0WEBP".utf8), .picture), (Array("RIFF\0\0\0\0AVI ".utf8), .unknown),
        (Array("valid.mp4".utf8), .other), (Array("#EXTM3U\nhttp://a/b".utf8), .other),
        (Array("%PDF-1.7\u{0}".utf8), .other), ([0x1A, 0x45, 0xDF, 0xA3], .unknown),
    ])
    func firstLook(bytes: [UInt8], expected: FirstLook) {
        #expect(FirstLook(bytes) == expected)
    }

    @Test func theEncoderLooksAheadNoFurtherThanMemoryAllows() {
        let seed = EncoderRecipe(preset: "seed")
        #expect(seed.parameters(width: 640, height: 360) == "sync-lookahead=1")
        #expect(seed.parameters(width: 1920, height: 1080) == "sync-lookahead=1:rc-lookahead=8")
        #expect(seed.parameters(width: 8192, height: 4320) == "sync-lookahead=1:rc-lookahead=4")
        #expect(
            EncoderRecipe(preset: "camera").parameters(width: 640, height: 360)
                == "ref=1:me=dia:partitions=p8x8,i8x8,i4x4:weightp=1:aq-strength=0.8:sync-lookahead=1:rc-lookahead=20"
        )
        // Where little is looked ahead anyway, that is left as it is.
        for (preset, width, height) in [("ultrafast", 3840, 2160), ("veryfast", 1280, 720)] {
            #expect(
                EncoderRecipe(preset: preset).parameters(width: width, height: height) == "sync-lookahead=1")
        }
    }

    @Test func boxesShowWhetherTheEndIsMissing() {
        let whole = boxes(box("ftyp", 8) + box("moov", 16) + box("mdat", 32))
        #expect(whole.list.map(\.type) == ["ftyp", "moov", "mdat"])
        #expect(whole.startsAtOnce)
        #expect(!whole.endEarly)
        #expect(boxes(Array((box("ftyp", 8) + box("mdat", 64)).dropLast())).endEarly)
        #expect(!boxes(box("ftyp", 8) + box("mdat", 32) + box("moov", 16)).startsAtOnce)
        #expect(boxes(box("ftyp", 8) + box("moov", 16)).endEarly)
        #expect(boxes([1, 2, 3]).list.isEmpty)
    }

    private func boxes(_ bytes: [UInt8]) -> Boxes {
        Boxes(size: Int64(bytes.count)) { Array(bytes.dropFirst(Int($0)).prefix($1)) }
    }

    private func box(_ type: String, _ size: Int) -> [UInt8] {
        [0, 0, 0, UInt8(size)] + Array(type.utf8) + [UInt8](repeating: 0, count: size - 8)
    }
}
