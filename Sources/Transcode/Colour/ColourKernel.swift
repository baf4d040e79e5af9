/// A picture's three planes, for as long as a call lasts. Strides count samples.
package struct Planes<Sample> {
    package var luma, cb, cr: UnsafeMutablePointer<Sample>
    package var lumaStride, cbStride, crStride: Int

    package init(
        luma: UnsafeMutablePointer<Sample>, _ lumaStride: Int, cb: UnsafeMutablePointer<Sample>,
        _ cbStride: Int,
        cr: UnsafeMutablePointer<Sample>, _ crStride: Int
    ) {
        (self.luma, self.cb, self.cr) = (luma, cb, cr)
        (self.lumaStride, self.cbStride, self.crStride) = (lumaStride, cbStride, crStride)
    }
}

/// `ColourMap` for whole pictures: its curves as tables, four pixels with one colour at a time.
///
/// Nothing in a picture can lead outside the tables: samples and indexes are cut to as many bits as there are
/// entries.
package final class ColourKernel {
    private let tables: Tables

    package init(_ map: ColourMap) { tables = Tables(map) }

    deinit { tables.deallocate() }

    /// From ten bits to eight, both in the limited range. Colours are shared by two by two pixels; where a side
    /// is odd, its last pixels share theirs with nobody.
    package func map(_ source: Planes<UInt16>, to result: Planes<UInt8>, width: Int, height: Int) {
        for row in 0..<((height + 1) / 2) {
            let (upper, lower) = (2 * row, min(2 * row + 1, height - 1))
            tables.mapRows(
                from: (source.luma + upper * source.lumaStride, source.luma + lower * source.lumaStride),
                source.cb + row * source.cbStride, source.cr + row * source.crStride,
                to: (result.luma + upper * result.lumaStride, result.luma + lower * result.lumaStride),
                result.cb + row * result.cbStride, result.cr + row * result.crStride, width: width)
        }
    }
}

/// What the inner loop holds on to. Everything of BT.709 is in whole numbers whose sums are exact, so that grey
/// stays grey.
private struct Tables {
    /// What a sample adds to red, green and blue, in steps of 1/65536 of the signal.
    private let ofLuma, redOfCr, greenOfCr, greenOfCb, blueOfCb: UnsafeMutablePointer<Int32>
    /// By signal, from -1.25 to 2.25: any three samples fall between.
    private let lights: UnsafeMutablePointer<Float>
    /// By luminance.
    private let gains: UnsafeMutablePointer<Float>
    /// By `place` of a light, where steps are as fine in the dark as eyes want them.
    private let darkenings: UnsafeMutablePointer<Float>
    private let isOrdinary: Bool
    /// By `place` of a light, in steps of 1/8192.
    private let signals: UnsafeMutablePointer<Int32>
    private let luminance: SIMD3<Float>
    private let toRed, toGreen, toBlue: SIMD3<Float>
    private let ordinary = Ordinary()

    private static let samples = 1024
    private static let steps = 4096
    private static let (least, span) = (-1.25, 3.5)
    /// Beyond `steps` no luminance leads, but an index has no way out of its thirteen bits.
    private static let gainCount = 8192
    /// From 2⁻²⁶, which is black, to 2⁶, which is beyond the brightest PQ: 512 places whenever light doubles.
    private static let places = 16384
    private static let darkest: UInt32 = 0x3280_0000

    init(_ map: ColourMap) {
        let (red, blue) = (map.redShare, map.blueShare)
        let green = 1 - red - blue
        let colour = { (factor: Double) in
            Self.table(Self.samples) { Int32((factor * Double($0 - 512) / 896 * 65536).rounded()) }
        }
        // With what makes every index positive, and half a step of `lights` for rounding.
        ofLuma = Self.table(Self.samples) {
            Int32(((Double($0 - 64) / 876 - Self.least) * 65536).rounded()) + 8
        }
        redOfCr = colour(2 * (1 - red))
        blueOfCb = colour(2 * (1 - blue))
        greenOfCr = colour(-2 * (1 - red) * red / green)
        greenOfCb = colour(-2 * (1 - blue) * blue / green)
        lights = Self.table(Int(Self.span * Double(Self.steps))) {
            Float(map.light(Double($0) / Double(Self.steps) + Self.least))
        }
        gains = Self.table(Self.gainCount) {
            Float(map.gain(luminance: min(1, Double($0) / Double(Self.steps))))
        }
        // Each place stands for the middle of its lights.
        let light = { (place: Int) in Double(Float(bitPattern: Self.darkest + UInt32(place) << 14 + 1 << 13)) }
        darkenings = Self.table(Self.places) { Float(map.darkening(most: light($0))) }
        signals = Self.table(Self.places) { Int32((Light.sdr(min(1, light($0))) * 8192).rounded()) }
        isOrdinary = map.isOrdinary
        luminance = SIMD3<Float>(map.luminance)
        toRed = SIMD3<Float>(map.toOrdinary.rows.0)
        toGreen = SIMD3<Float>(map.toOrdinary.rows.1)
        toBlue = SIMD3<Float>(map.toOrdinary.rows.2)
    }

    private static func table<Entry>(_ count: Int, _ entry: (Int) -> Entry) -> UnsafeMutablePointer<Entry> {
        let table = UnsafeMutablePointer<Entry>.allocate(capacity: count)
        for index in 0..<count { (table + index).initialize(to: entry(index)) }
        return table
    }

    func deallocate() {
        for table in [ofLuma, redOfCr, greenOfCr, greenOfCb, blueOfCb, signals] { table.deallocate() }
        for table in [lights, gains, darkenings] { table.deallocate() }
    }

    func mapRows(
        from luma: (UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>),
        _ cb: UnsafeMutablePointer<UInt16>, _ cr: UnsafeMutablePointer<UInt16>,
        to result: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>),
        _ resultCb: UnsafeMutablePointer<UInt8>, _ resultCr: UnsafeMutablePointer<UInt8>, width: Int
    ) {
        var block = 0
        while block &* 2 < width {
            let left = block &* 2
            let right = left &+ 1 < width ? left &+ 1 : left
            let (blue, red) = (Int(cb[block] & 1023), Int(cr[block] & 1023))
            let tint = Tint(
                red: redOfCr[red], green: greenOfCr[red] &+ greenOfCb[blue], blue: blueOfCb[blue])
            var sum = Signal()
            result.0[left] = pixel(luma.0[left], tint, &sum)
            result.0[right] = pixel(luma.0[right], tint, &sum)
            result.1[left] = pixel(luma.1[left], tint, &sum)
            result.1[right] = pixel(luma.1[right], tint, &sum)
            resultCb[block] = ordinary.cb(sum)
            resultCr[block] = ordinary.cr(sum)
            block &+= 1
        }
    }

    /// What the colour of a block adds to each of its pixels.
    private struct Tint {
        let red, green, blue: Int32
    }

    @inline(__always)
    private func pixel(_ sample: UInt16, _ tint: Tint, _ sum: inout Signal) -> UInt8 {
        let luma = ofLuma[Int(sample & 1023)]
        let red = lights[Int((luma &+ tint.red) >> 4)]
        let green = lights[Int((luma &+ tint.green) >> 4)]
        let blue = lights[Int((luma &+ tint.blue) >> 4)]
        let before = luminance.x * red + luminance.y * green + luminance.z * blue
        let gain = isOrdinary ? 1 : gains[Self.step(before)]
        var (r, g, b) = (
            gain * (toRed.x * red + toRed.y * green + toRed.z * blue),
            gain * (toGreen.x * red + toGreen.y * green + toGreen.z * blue),
            gain * (toBlue.x * red + toBlue.y * green + toBlue.z * blue)
        )
        let (least, most) = (min(r, min(g, b)), max(r, max(g, b)))
        if least < 0 || (isOrdinary && most > 1) {
            let grey = before * gain
            var kept: Float = 1
            if least < 0 { kept = grey / (grey - least) }
            if isOrdinary && most > 1 { kept = min(kept, max(0, (1 - grey) / (most - grey))) }
            r = max(grey + (r - grey) * kept, 0)
            g = max(grey + (g - grey) * kept, 0)
            b = max(grey + (b - grey) * kept, 0)
        }
        let factor = isOrdinary ? 1 : darkenings[Self.place(max(r, max(g, b)))]
        let signal = Signal(
            red: Int(signals[Self.place(r * factor)]), green: Int(signals[Self.place(g * factor)]),
            blue: Int(signals[Self.place(b * factor)]))
        sum.red &+= signal.red
        sum.green &+= signal.green
        sum.blue &+= signal.blue
        return ordinary.luma(signal)
    }

    /// Rounded to the nearest: added to 2²³, a number stands in a float's last bits.
    @inline(__always)
    private static func step(_ luminance: Float) -> Int {
        Int((luminance * 4096 + 8_388_608).bitPattern & 8191)
    }

    /// A float's bits, read as a number, grow with its logarithm, more or less.
    @inline(__always)
    private static func place(_ light: Float) -> Int {
        Int((max(light, 0x1p-26).bitPattern &- darkest) >> 14 & 16383)
    }
}

/// Red, green and blue of a pixel, in steps of 1/8192, or of a block's four together.
private struct Signal {
    var (red, green, blue) = (0, 0, 0)
}

/// From red, green and blue to BT.709 in the limited range, in whole numbers: shares are times 1024.
private struct Ordinary {
    /// From black to white there are 219 steps.
    private let (redOfLuma, greenOfLuma, blueOfLuma): (Int, Int, Int)
    /// To either side of grey there are 112 steps.
    private let own = 112 * 1024
    private let (redOfCb, blueOfCr): (Int, Int)

    init() {
        let (red, blue) = Colour.Matrix.bt709.shares
        let white = 219 * 1024
        (redOfLuma, blueOfLuma) = (Int((red * Double(white)).rounded()), Int((blue * Double(white)).rounded()))
        greenOfLuma = white - redOfLuma - blueOfLuma
        redOfCb = Int((Double(own) * red / (1 - blue)).rounded())
        blueOfCr = Int((Double(own) * blue / (1 - red)).rounded())
    }

    @inline(__always)
    func luma(_ pixel: Signal) -> UInt8 {
        let sum = pixel.red &* redOfLuma &+ pixel.green &* greenOfLuma &+ pixel.blue &* blueOfLuma
        return UInt8(truncatingIfNeeded: (sum &+ (33 << 22)) >> 23)
    }

    @inline(__always)
    func cb(_ block: Signal) -> UInt8 {
        Self.sample(block.blue &* own &- block.red &* redOfCb &- block.green &* (own &- redOfCb))
    }

    @inline(__always)
    func cr(_ block: Signal) -> UInt8 {
        Self.sample(block.red &* own &- block.blue &* blueOfCr &- block.green &* (own &- blueOfCr))
    }

    @inline(__always)
    private static func sample(_ sum: Int) -> UInt8 { UInt8(truncatingIfNeeded: (sum &+ (257 << 24)) >> 25) }
}
