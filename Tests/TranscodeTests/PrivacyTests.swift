// Where somebody was, who they are, and what they wrote: of all that nothing is published.
import Foundation
import Model
import Testing
import Transcode

@Suite(.serialized, .seated, .enabled(if: Bench.hasTools, Bench.toolsAreMissing))
struct PrivacyTests {
    private let bench: Bench
    /// A position, a serial number, a name, and words.
    private static let secrets = [
        "48.1371", "011.5754", "SN4711-0815", "AdaKowalska", "DearDiary", "ChapterOfOurs", "com.apple",
    ]
    private static let said =
        "-metadata location=+48.1371+011.5754/ -metadata serial=SN4711-0815 -metadata artist=AdaKowalska"
        + " -metadata title=DearDiary -metadata comment=DearDiary -metadata:s:v title=DearDiary"
        + " -metadata:s:v handler_name=AdaKowalska"
        + " -metadata com.apple.quicktime.location.ISO6709=+48.1371+011.5754+519.000/"
        + " -metadata com.apple.quicktime.author=AdaKowalska -metadata location-eng=+48.1371+011.5754/"

    init() throws { bench = try Bench() }

    private func draw(_ name: String, _ more: String) throws -> Path {
        let chapters = try bench.write(
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=ChapterOfOurs\n".utf8,
            as: "\(name).txt")
        return try bench.draw(
            name, "-f lavfi -i testsrc2=size=160x120:rate=10:duration=1 -f lavfi -i sine=duration=1",
            "-i \(chapters.text) -map 0:v -map 1:a -map_chapters 2 -c:v libx264 -preset ultrafast", Self.said,
            more)
    }

    /// Makes everything of a clip, and looks for each word in every byte of it and in all that the worker says.
    private func nothingIsTold(_ clip: Path, _ secrets: [String], copies: Bool = false) throws {
        let original = try Data(contentsOf: URL(fileURLWithPath: clip.text))
        let (seen, pictures) = try bench.preview(clip)
        let made = try bench.transcode(clip, longSide: copies ? 2400 : 480, copies: copies)
        let told = try JSONEncoder().encode([seen, made])
        let files = try ([.main] + pictures.map(\.role)).map {
            try Data(contentsOf: URL(fileURLWithPath: bench.file($0).text))
        }
        #expect(files.count == 3)
        var found = 0
        for secret in secrets {
            let spellings = [
                Data(secret.utf8), Data(secret.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
            ]
            for spelling in spellings {
                if original.range(of: spelling) != nil { found += 1 }
                for file in files { #expect(file.range(of: spelling) == nil, "\(secret) of \(clip.text)") }
                // Which camera it was may be told; its maker's tag is named as the source of the time.
                if secret != "com.apple" { #expect(told.range(of: spelling) == nil, "\(secret)") }
            }
        }
        #expect(found > 0, "there was something to be told in \(clip.text)")
        let index = try #require(files[0].range(of: Data("mdat".utf8)).map { files[0][..<$0.lowerBound] })
        for box in ["uuid", "loci", "chpl", "chap", "tref"] {
            #expect(index.range(of: Data(box.utf8)) == nil, "\(box) of \(clip.text)")
        }
        let facts = try bench.facts(bench.file(.main), "chapter=id:chapter_tags:format_tags")
        #expect(facts.allSatisfy { $0.contains("_brand") || $0.contains("minor_version") }, "\(facts)")
    }

    @Test func ofWhatIsCopied() throws {
        let clip = try draw(
            "copied.mov",
            "-movflags use_metadata_tags -s 640x480 -crf 50 -pix_fmt yuv420p"
                + " -bsf:v h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+DearDiary")
        try nothingIsTold(clip, Self.secrets, copies: true)
        // Converting gives another profile.
        #expect(try bench.facts(bench.file(.main), "stream=profile").contains("profile=Constrained Baseline"))
    }

    @Test(arguments: [
        ("udta.mov", ""), ("keys.mov", "-movflags use_metadata_tags"), ("udta.mp4", ""),
        ("keys.mp4", "-movflags use_metadata_tags"), ("phone.3gp", "-s 176x144 -ar 8000 -ac 1 -c:a aac"),
        ("tags.mkv", ""), ("tags.avi", "-c:v mjpeg -c:a pcm_s16le"), ("tags.wmv", "-c:v wmv2 -c:a wmav2"),
        ("tags.ogv", "-c:v libtheora -c:a libvorbis"), ("tags.flv", "-ar 44100"),
        ("message.mov", "-bsf:v h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+DearDiary"),
    ])
    func ofWhatIsWrittenInEveryPlace(name: String, how: String) throws {
        try nothingIsTold(try draw(name, how), Self.secrets)
    }

    @Test func ofABoxThatEditorsAppend() throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: try draw("plain.mp4", "-map_metadata -1").text))
        let words = """
            <?xpacket?><x:xmpmeta><rdf:Description exif:GPSLatitude="48.1371N" exif:GPSLongitude="011.5754E"
            aux:SerialNumber="SN4711-0815" dc:creator="AdaKowalska" dc:title="DearDiary"/></x:xmpmeta>
            """
        let id: [UInt8] = [
            0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
        ]
        bytes += [0, 0, UInt8((24 + words.utf8.count) >> 8), UInt8((24 + words.utf8.count) & 255)]
        bytes += Data("uuid".utf8) + Data(id) + Data(words.utf8)
        try nothingIsTold(try bench.write(bytes, as: "xmp.mp4"), Self.secrets)
    }

    @Test(
        .enabled(if: Bench.recording("apple.MOV") != nil, "there are no recordings beside the source"),
        arguments: [
            ("iphone6_with-gps.mov", ["+32.0929", "034.8620"]),
            ("quicktime-hvc1.mov", ["+52.4597", "013.3220"]),
            ("apple.MOV", ["-37.7890", "175.2995"]),
            ("dolbyVision-hdr.MOV", ["+51.5334", "000.1255"]),
            ("h265_with_metadata_track.mp4", ["+51.5932", "-0.2431"]),
            ("hlg10-color-test.mp4", ["+51.5335", "000.1261"]),
            ("karma.mp4", ["GPS5", "GPSU", "HD5.02.02"]),
        ])
    func ofRealRecordings(name: String, secrets: [String]) throws {
        try nothingIsTold(try #require(Bench.recording(name)), secrets)
    }
}
