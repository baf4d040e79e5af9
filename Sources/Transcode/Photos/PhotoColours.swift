internal import CVips

/// From whatever colours a photo has to those that every screen shows: sRGB, eight bits, nothing transparent.
extension Picture {
    /// What is transparent is on white, as paper is.
    func onWhite() throws(VipsFailure) -> Picture {
        guard hasAlpha else { return self }
        let white = format == VIPS_FORMAT_USHORT ? 65535.0 : 255.0
        return try changed { flip_vips_flatten($0, &$1, white) }
    }

    /// Answers too whether its profile could be used; one that is damaged is no reason to refuse a photo.
    func inUsualColours() throws(VipsFailure) -> (picture: Picture, isProfileUsed: Bool) {
        guard let profile = blob("icc-profile-data") else { return (try withoutProfile(), true) }
        if ICCProfile.isUsual(profile), bands == 3 { return (try plain(), true) }
        guard vips_icc_is_compatible_profile(pointer, profile, profile.count) != 0 else {
            return (try withoutProfile(), false)
        }
        return (try changed { flip_vips_from_its_profile($0, &$1) }, true)
    }

    /// Ink without a profile is as libvips has it.
    private func withoutProfile() throws(VipsFailure) -> Picture {
        guard space == VIPS_INTERPRETATION_CMYK else { return try plain() }
        return try changed { flip_vips_from_profile($0, &$1, "cmyk") }
    }

    private func plain() throws(VipsFailure) -> Picture {
        var picture = self
        if picture.space != VIPS_INTERPRETATION_sRGB {
            picture = try picture.changed { flip_vips_colourspace($0, &$1, VIPS_INTERPRETATION_sRGB) }
        }
        if picture.format != VIPS_FORMAT_UCHAR {
            picture = try picture.changed { flip_vips_cast($0, &$1, VIPS_FORMAT_UCHAR) }
        }
        return picture.bands > 3 ? try picture.changed { flip_vips_bands($0, &$1, 3) } : picture
    }
}

/// The few bytes of a colour profile that tell whether it only says what every screen does anyway. Pure.
package enum ICCProfile {
    package static func isUsual(_ profile: [UInt8]) -> Bool {
        guard let name = name(of: profile) else { return false }
        // Google's own of few bytes is named "sRGB" alone; HP's and everybody's begin with the standard's name.
        return name.hasPrefix("sRGB IEC61966") || name == "sRGB" || name.hasPrefix("sRGB built-in")
            || name.hasPrefix("sRGB2014")
    }

    /// The description, in either of the two ways that profiles write it.
    static func name(of profile: [UInt8]) -> String? {
        let number = { (offset: Int) -> Int? in
            guard offset >= 0, offset + 4 <= profile.count else { return nil }
            return profile[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let count = number(128) else { return nil }
        for index in 0..<min(count, 100) {
            let entry = 132 + 12 * index
            guard let place = number(entry + 4), let length = number(entry + 8), entry + 4 <= profile.count,
                profile[entry..<(entry + 4)].elementsEqual("desc".utf8), length > 12,
                place + length <= profile.count
            else { continue }
            let text = profile[(place + 12)..<(place + length)]
            if profile[place..<(place + 4)].elementsEqual("desc".utf8) {
                return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            // In two bytes for a letter, of which all that matter here are below 256.
            guard let first = number(place + 24), let letters = number(place + 20),
                place + first + letters <= profile.count
            else { return nil }
            let wide = profile[(place + first)..<(place + first + letters)]
            return String(decoding: wide.filter { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }
}
