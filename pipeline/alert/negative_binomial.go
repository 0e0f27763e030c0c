package alert

import "math"

// Counts are compared under a gamma-Poisson (negative binomial) law: Poisson noise about a rate that is itself known
// from so many counts of history, and that wanders a little. mean is what is expected, size says how firmly:
// variance = mean + mean²/size. Counts need not be whole numbers; between them the tails are interpolated.

// Why it is ours: the standard library has no incomplete beta function. gonum's mathext has one; it would bring in a
// numerics module that nothing else here needs, for the sixty lines below, which the test holds against exact sums.

// maxSize is as good as Poisson, and keeps the continued fraction short.
const maxSize = 1e5

// upperTail is the chance of x or more.
func upperTail(x, mean, size float64) float64 {
	size = min(size, maxSize)
	switch {
	case x <= 0:
		return 1
	case mean <= 0:
		return 0
	}
	return incompleteBeta(x, size, mean/(mean+size))
}

// lowerTail is the chance of x or fewer.
func lowerTail(x, mean, size float64) float64 {
	size = min(size, maxSize)
	if mean <= 0 {
		return 1
	}
	return incompleteBeta(size, max(0, x)+1, size/(mean+size))
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz's method).
func incompleteBeta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, 1-x)/b
}

// betaFraction converges in about √max(a, b) rounds where it is used.
func betaFraction(a, b, x float64) float64 {
	const tiny, enough, rounds = 1e-300, 1e-12, 5000
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1., 1/guard(1-(a+b)*x/(a+1))
	sum := d
	for m := 1.; m <= rounds; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		sum *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		sum *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return sum
}
