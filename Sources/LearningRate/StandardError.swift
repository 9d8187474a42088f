/// The standard error of the difference of two independent estimates: √(a² + b²), of their own.
func standardErrorOfDifference(_ a: Double, _ b: Double) -> Double {
    (a * a + b * b).squareRoot()
}
