/// Which red, green and blue a video is made of: its primaries, and what they are in another's. Pure.
package struct Gamut: Sendable {
    /// From its red, green and blue to CIE XYZ.
    private let toXYZ: Matrix3

    /// Each colour by its chromaticities x and y; white is daylight, as in every video.
    init(red: (Double, Double), green: (Double, Double), blue: (Double, Double)) {
        let point = { (colour: (x: Double, y: Double)) in
            SIMD3(colour.x / colour.y, 1, (1 - colour.x - colour.y) / colour.y)
        }
        // Columns are the three colours; each is made as strong as it must be for their sum to be white.
        let colours = Matrix3(point(red), point(green), point(blue)).transposed
        let strengths = colours.inverse * point((0.3127, 0.3290))
        toXYZ = Matrix3(colours.rows.0 * strengths, colours.rows.1 * strengths, colours.rows.2 * strengths)
    }

    package init(_ primaries: Colour.Primaries) {
        self =
            switch primaries {
            case .bt709, .unknown: Gamut(red: (0.640, 0.330), green: (0.300, 0.600), blue: (0.150, 0.060))
            case .ebu: Gamut(red: (0.640, 0.330), green: (0.290, 0.600), blue: (0.150, 0.060))
            case .smpteC: Gamut(red: (0.630, 0.340), green: (0.310, 0.595), blue: (0.155, 0.070))
            case .p3: Gamut(red: (0.680, 0.320), green: (0.265, 0.690), blue: (0.150, 0.060))
            case .bt2020: Gamut(red: (0.708, 0.292), green: (0.170, 0.797), blue: (0.131, 0.046))
            }
    }

    /// How much red, green and blue each add to the luminance of white.
    package var luminance: SIMD3<Double> { toXYZ.rows.1 }

    /// Brings linear light to the colours of another.
    package func matrix(to other: Gamut) -> Matrix3 { other.toXYZ.inverse * toXYZ }
}

/// Three rows of three.
package struct Matrix3: Sendable {
    package let rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

    init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
        rows = (first, second, third)
    }

    var transposed: Matrix3 {
        Matrix3(
            SIMD3(rows.0.x, rows.1.x, rows.2.x), SIMD3(rows.0.y, rows.1.y, rows.2.y),
            SIMD3(rows.0.z, rows.1.z, rows.2.z))
    }

    var inverse: Matrix3 {
        let (a, b, c) = rows
        let volume = dot(a, cross(b, c))
        return Matrix3(cross(b, c) / volume, cross(c, a) / volume, cross(a, b) / volume).transposed
    }

    package static func * (matrix: Matrix3, point: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(dot(matrix.rows.0, point), dot(matrix.rows.1, point), dot(matrix.rows.2, point))
    }

    static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
        let columns = right.transposed.rows
        return Matrix3(left * columns.0, left * columns.1, left * columns.2).transposed
    }
}

func dot(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> Double { (left * right).sum() }

private func cross(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(
        left.y * right.z - left.z * right.y, left.z * right.x - left.x * right.z,
        left.x * right.y - left.y * right.x)
}
