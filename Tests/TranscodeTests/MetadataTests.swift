// What is read of a recording's own making: when, where the clock hung, by what.
import Foundation
import Model
import Testing

@testable import Transcode

@Suite struct MetadataTests {
    private let now = Timestamp("2026-11-20T12:00:00.000Z")!  // Not nil, as everyone can see.

    private func media(_ tags: [String: String]) throws -> Media {
        var found = Probe(container: "mov,mp4,m4a,3gp,3g2,mj2", duration: 2)
        var track = PictureTrack(index: 0, codec: "h264", width: 640, height: 360)
        track.firstPicture = 0
        found.pictures = [track]
        found.tags = tags
        return Media(of: found, plan: try Plan(for: found, recipe: Recipe()), at: now)
    }

    /// Tags; when, in which zone, and by which of them.
    private static let times: [([String: String], String?, String?, String?)] = [
        // Apple knows its zone, the container does not.
        (
            [
                "creation_time": "2019-02-12T14:27:12.000000Z",
                "com.apple.quicktime.creationdate": "2019-02-12T15:27:12+0100",
            ], "2019-02-12T14:27:12.000Z", "+01:00", "com.apple.quicktime.creationdate"
        ),
        // In Matroska.
        (
            ["COM.APPLE.QUICKTIME.CREATIONDATE": "2019-02-12T15:27:12-03:30"], "2019-02-12T18:57:12.000Z",
            "-03:30", "com.apple.quicktime.creationdate"
        ),
        // Older phones.
        (
            ["creation_time": "2011-05-13T15:54:09.000000Z", "date": "2011-05-13T17:54:04+0200"],
            "2011-05-13T15:54:04.000Z", "+02:00", "date"
        ),
        // What a shop wrote is no better than the container.
        (
            ["creation_time": "2008-11-28T19:18:42.000000Z", "date": "2008-04-01T07:00:00Z"],
            "2008-11-28T19:18:42.000Z", nil, "creation_time"
        ),
        (
            [
                "creation_time": "2023-04-28T17:52:17.000000Z", "com.samsung.android.utc_offset": "+0900",
            ], "2023-04-28T17:52:17.000Z", "+09:00", "creation_time"
        ),
        (["xavc": "2015-02-10T15:57:47-05:00"], "2015-02-10T20:57:47.000Z", "-05:00", "xavc"),
        // AVI: what the camera's clock showed, and what is no time of the day at all.
        (["creation_time": "2003-03-10 15:04:43"], "2003-03-10T15:04:43.000Z", nil, "creation_time (no zone)"),
        (
            ["DateTimeOriginal": "2004:10:28 14:12:33"], "2004-10-28T14:12:33.000Z", nil,
            "datetimeoriginal (no zone)"
        ),
        (["date": "2020-08-28"], "2020-08-28T12:00:00.000Z", nil, "date (day only)"),
        (
            ["date": "2020-08-28", "modification_date": "2020-08-29T18:59:25.708000Z"],
            "2020-08-29T18:59:25.708Z", nil, "modification_date"
        ),
        (["WM/EncodingTime": "130000000000000000"], "2012-12-14T23:06:40.000Z", nil, "wm/encodingtime"),
        // Clocks that were never set, or wrongly; a year; nonsense.
        (["creation_time": "1970-01-01T00:00:00.000000Z"], nil, nil, nil),
        (["creation_time": "1904-01-01T00:00:00.000000Z", "date": "2008"], nil, nil, nil),
        (["creation_time": "2033-05-18T03:33:20.000000Z"], nil, nil, nil),
        (
            [
                "com.apple.quicktime.creationdate": "2033-05-18T03:33:20+0200",
                "creation_time": "2020-01-01T01:02:03.000000Z",
            ], "2020-01-01T01:02:03.000Z", nil, "creation_time"
        ),
        (["date": "2020-13-45", "creation_time": ""], nil, nil, nil),
        ([:], nil, nil, nil),
    ]

    @Test(arguments: times)
    func captured(tags: [String: String], at: String?, offset: String?, source: String?) throws {
        let media = try media(tags)
        #expect(media.capturedAt?.description == at)
        #expect(media.capturedAtOffset == offset)
        #expect(media.capturedAtSource == source)
    }

    private static let devices: [([String: String], String?)] = [
        (
            ["com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 15 Pro"],
            "Apple iPhone 15 Pro"
        ),
        (["com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "Apple iPhone"], "Apple iPhone"),
        (["com.android.manufacturer": "samsung", "com.android.model": " SM-G900F\t"], "Samsung SM-G900F"),
        (["COM.ANDROID.MANUFACTURER": "Google", "COM.ANDROID.MODEL": "Pixel 8"], "Google Pixel 8"),
        (["maker": "NIKON CORPORATION", "model": "NIKON D90"], "NIKON D90"),
        (["make": "Canon Inc.", "model": "EOS R5"], "Canon EOS R5"),
        (["MAKE": "", "MAKE-eng": "", "MODEL": "", "compatible_brands": "mp42hvc1CAEP"], "Canon"),
        (["make": "Panasonic"], "Panasonic"),
        (["model": "DSC-W300"], "DSC-W300"),
        (["handler_name": "\tGoPro AVC", "firmware": "HD5.02.02.00.00"], "GoPro HERO5"),
        (["handler_name": "\tGoPro AVC", "firmware": "H22.01.01.10.00"], "GoPro"),
        (["encoder": "DJI Mini3Pro", "handler_name": "VideoHandler"], "DJI Mini3Pro"),
        (["handler_name": "DJI.AVC", "encoder": "Lavf56.15.102"], "DJI"),
        (["vendor_id": "pana"], "Panasonic"), (["vendor_id": "FFMP", "encoder": "Lavf58"], nil),
        (["major_brand": "XAVC", "camera make": "Sony", "camera model": "ILCE-7M3"], "Sony ILCE-7M3"),
        (["major_brand": "XAVC"], "Sony"),
        (["com.apple.quicktime.author": "Ada", "serial": "12345"], nil),
    ]

    @Test(arguments: devices)
    func device(tags: [String: String], name: String?) throws {
        #expect(try media(tags).device == name)
    }

    @Test func anEmptyIdentifierIsNone() throws {
        #expect(try media(["com.apple.quicktime.content.identifier": "ABC"]).contentIdentifier == "ABC")
        #expect(try media(["com.apple.quicktime.content.identifier": " "]).contentIdentifier == nil)
    }

    @Test func whatAVCHDSaysBesideItsPictures() {
        var message = [UInt8](repeating: 0x17, count: 16) + Array("MDPM".utf8) + [7]
        message += [0x18, 0x44, 0x20, 0x19, 0x04, 0x19, 0x24, 0x22, 0x24, 0x00]
        message += [0xB2, 0x00, 0x00, 0x00, 0x30]  // the position
        message += [0xE0, 0x01, 0x08, 0x31, 0x00, 0xE4] + Array("ILCE".utf8) + [0xE5] + Array("-7M3".utf8)
        message += [0xE6, 0, 0, 0, 0]
        let notes = CameraNotes.avchd(message)
        #expect(
            notes == [
                "avchd": "2019-04-24T22:24:00+02:00", "camera make": "Sony", "camera model": "ILCE-7M3",
            ])
        message[22] = 0xFF
        #expect(CameraNotes.avchd(message)["avchd"] == "2019-04-24T22:24:00")
        // A message may end anywhere.
        for end in message.indices { _ = CameraNotes.avchd(Array(message[..<end])) }
        #expect(CameraNotes.avchd(Array("no such message, but long enough".utf8)).isEmpty)
    }

    @Test func whatXAVCSaysInItsBox() {
        let text = """
            ....xml <?xml version="1.0" encoding="UTF-8"?><NonRealTimeMeta xmlns="urn:schemas-professionalDisc">
            <CreationDate value="2015-02-10T15:57:47-05:00"/>
            <Device manufacturer="Sony" modelName="ILCE-7S" serialNo="4711"/></NonRealTimeMeta>
            """
        #expect(
            CameraNotes.xavc(Array(text.utf8)) == [
                "xavc": "2015-02-10T15:57:47-05:00", "camera make": "Sony", "camera model": "ILCE-7S",
            ])
        #expect(CameraNotes.xavc(Array("<Device manufacturer=\"Sony\"/>".utf8)).isEmpty)
        #expect(CameraNotes.xavc(Array("<NonRealTimeMeta><Device manufacturer".utf8)).isEmpty)
    }

    private static let recordings: [(String, String, String, String?)] = [
        ("apple.MOV", "Apple iPhone 15 Pro Max", "2025-10-12T10:36:14.000Z", "+13:00"),
        ("karma.mp4", "GoPro HERO5", "2017-04-17T19:27:57.000Z", nil),
        ("Sony ILCE-7M3 (A7M3).mts", "Sony ILCE-7M3", "2019-04-24T20:24:00.000Z", "+02:00"),
        ("fixture-mjpeg.mov", "Panasonic", "2008-09-04T11:28:54.000Z", nil),
    ]

    @Test(
        .enabled(if: Bench.recording("apple.MOV") != nil, "there are no recordings beside the source"),
        arguments: recordings)
    func ofRealCameras(name: String, device: String, at: String, offset: String?) throws {
        let (media, _) = try Bench().preview(try #require(Bench.recording(name)))
        #expect(media.device == device)
        #expect(media.capturedAt?.description == at)
        #expect(media.capturedAtOffset == offset)
    }
}
