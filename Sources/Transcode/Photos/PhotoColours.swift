internal import CVips

/// From whatever colours a photo has to those that every screen shows: sRGB, eight bits, nothing transparent.
extension Picture {
    /// What is transparent is on white, as paper is. Bands beyond colours and transparency are somebody's selections, and
    /// transparent ink is told from them by nobody.
    func onWhite() throws(VipsFailure) -> Picture {
        let space = self.space
        let (colours, white): (Int, Double?) =
            switch space {
            case VIPS_INTERPRETATION_B_W: (1, 255)
            case VIPS_INTERPRETATION_GREY16: (1, 65535)
            case VIPS_INTERPRETATION_sRGB, VIPS_INTERPRETATION_RGB: (3, 255)
            case VIPS_INTERPRETATION_RGB16: (3, 65535)
            case VIPS_INTERPRETATION_scRGB: (3, 1)
            case VIPS_INTERPRETATION_CMYK: (4, nil)
            default: (3, nil)
            }
        if bands <= colours { return self }
        guard let white, bands == colours + 1 else {
            return try changed { flip_vips_bands($0, &$1, Int32(colours)) }
        }
        return try changed { flip_vips_flatten($0, &$1, white) }
    }

    /// Whether its numbers are such as cameras and scanners of photos write.
    var isOfUsualNumbers: Bool {
        [VIPS_FORMAT_UCHAR, VIPS_FORMAT_USHORT].contains(format)
            || format == VIPS_FORMAT_FLOAT && space == VIPS_INTERPRETATION_scRGB
    }

    /// Of a picture that is drawn. Answers too whether its profile could be used; one that is damaged is no reason to refuse
    /// a photo.
    func inUsualColours() throws(VipsFailure) -> (picture: Picture, isProfileUsed: Bool) {
        guard let profile = blob("icc-profile-data"), format != VIPS_FORMAT_FLOAT else {
            return (try withoutProfile(), true)
        }
        if ICCProfile.isUsual(profile), bands == 3 || bands == 1 { return (try plain(), true) }
        // Older libvips do nothing where a profile does not know the way they were told.
        let intent =
            ICCProfile.isPerceptualOnly(profile) ? VIPS_INTENT_PERCEPTUAL : VIPS_INTENT_RELATIVE
        // Drawn, because some profiles fail only then.
        if vips_icc_is_compatible_profile(pointer, profile, profile.count) != 0,
            let picture = try? changed({ flip_vips_from_its_profile($0, &$1, intent) }).drawn()
        {
            return (picture, true)
        }
        return (try withoutProfile(), false)
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

/// The few bytes of a colour profile that tell what it is about. Pure.
package enum ICCProfile {
    /// Whether it only says what every screen does anyway.
    package static func isUsual(_ profile: [UInt8]) -> Bool {
        guard let name = name(of: profile) else { return false }
        // Google's own of few bytes is named "sRGB" alone; HP's and everybody's begin with the standard's name.
        return name.hasPrefix("sRGB IEC61966") || name == "sRGB" || name.hasPrefix("sRGB built-in")
            || name.hasPrefix("sRGB2014")
    }

    /// Whether it knows of one way only to bring its colours to others, by a table that flatters; usually there are more.
    package static func isPerceptualOnly(_ profile: [UInt8]) -> Bool {
        let names = Set(tags(of: profile).map(\.name))
        return names.contains("A2B0") && names.isDisjoint(with: ["A2B1", "rXYZ"])
    }

    /// The description, in either of the two ways that profiles write it.
    static func name(of profile: [UInt8]) -> String? {
        guard let tag = tags(of: profile).first(where: { $0.name == "desc" && $0.bytes.count > 12 }) else {
            return nil
        }
        let (place, bytes) = (tag.bytes.startIndex, tag.bytes)
        if bytes.starts(with: "desc".utf8) {
            return String(decoding: bytes[(place + 12)...].prefix { $0 != 0 }, as: UTF8.self)
        }
        // In two bytes for a letter, of which all that matter here are below 256.
        guard let first = number(profile, place + 24), let letters = number(profile, place + 20),
            place + first + letters <= profile.count
        else { return nil }
        let wide = profile[(place + first)..<(place + first + letters)]
        return String(decoding: wide.filter { $0 != 0 }, as: UTF8.self)
    }

    private static func tags(of profile: [UInt8]) -> [(name: String, bytes: ArraySlice<UInt8>)] {
        guard let count = number(profile, 128) else { return [] }
        return (0..<min(count, 100)).compactMap { index in
            let entry = 132 + 12 * index
            guard let place = number(profile, entry + 4), let length = number(profile, entry + 8),
                place + length <= profile.count
            else { return nil }
            return (
                String(decoding: profile[entry..<(entry + 4)], as: UTF8.self), profile[place..<(place + length)]
            )
        }
    }

    private static func number(_ profile: [UInt8], _ offset: Int) -> Int? {
        guard offset >= 0, offset + 4 <= profile.count else { return nil }
        return profile[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
