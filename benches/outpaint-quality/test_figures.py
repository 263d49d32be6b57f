"""Tests of the figures; `run --self-test` runs them."""

import dataclasses
import unittest

import cv2
import numpy

import bars
import contenders
import cuts
import figures
import intervals
import metrics
import pictures
import sets
import verdicts
from cuts import Cut


def _texture(deviation=30):
    noise = numpy.random.default_rng(1).normal(size=(300, 400, 3))
    noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
    return numpy.clip(numpy.rint(128 + deviation * noise / noise.std()), 0, 255).astype(numpy.uint8)


class Geometry(unittest.TestCase):
    def test_margins_begin_at_the_border(self):
        y, x = numpy.mgrid[0:300, 0:400]
        place = numpy.stack([y, x], axis=-1)
        for sides, expected in {
            "t": {"top": (59, None)},
            "b": {"bottom": (240, None)},
            "l": {"left": (None, 79)},
            "r": {"right": (None, 320)},
        }.items():
            cut = Cut(sides, 20, 400, 300)
            for side, (row, column) in expected.items():
                first = cut.margin(side, place)[0]
                inner, outer = cut.beside(side, place, 1)
                numpy.testing.assert_array_equal(outer[0], first)
                self.assertEqual(abs(int(inner.sum()) - int(outer.sum())), len(first))
                if row is not None:
                    self.assertEqual(set(first[:, 0]), {row})
                if column is not None:
                    self.assertEqual(set(first[:, 1]), {column})

    def test_both_sides_share_what_is_cut_away(self):
        cut = Cut("tb", 30, 400, 300)
        self.assertEqual(cut.depths, {"top": 45, "bottom": 45})
        self.assertEqual(int(cut.missing.sum()), 90 * 400)

    def test_nothing_is_cut_away_but_backdrop(self):
        room = pictures.Sides(left=0, top=26, right=5, bottom=11)
        for index in range(200):
            picture = pictures.Picture(pictures.Path(f"{index}.png"), room)
            for cut in cuts.chosen(picture, 400, 300):
                self.assertIn((cut.sides, cut.share), {("t", 20), ("t", 25), ("tb", 20)})

    def test_the_halves_are_of_one_size(self):
        halves = [pictures.Picture(pictures.Path(f"{index}.png")).half for index in range(1000)]
        self.assertAlmostEqual(halves.count("held") / 1000, 0.5, delta=0.05)


class Figures(unittest.TestCase):
    cut = Cut("tb", 30, 400, 300)

    def _margins(self, change):
        """The truth with its margins changed."""
        truth = _texture()
        made = truth.copy()
        made[self.cut.missing] = change(truth)[self.cut.missing]
        return truth, made

    def test_the_truth_is_perfect(self):
        truth = _texture()
        found = metrics.measure(truth, truth.copy(), self.cut)
        copied = found.pop("copied")
        self.assertLess(copied, 0.1)
        expected = {"psnr": float("inf"), "error99": 0, "texture": 0, "seam": 0, "seam_q60": 0, "step": 0}
        self.assertEqual(found, expected | {"detail": 1, "identical": True})

    def test_psnr_and_error_of_a_constant_difference(self):
        truth = numpy.full((300, 400, 3), 100, numpy.uint8)
        self.assertAlmostEqual(metrics.psnr(truth, truth + 5), 34.15, places=2)
        self.assertEqual(metrics.error99(truth, truth + 5), 5)

    def test_a_step_is_a_seam_of_its_height(self):
        truth = numpy.full((300, 400, 3), 100, numpy.uint8)
        made = truth.copy()
        made[self.cut.missing] += 7
        self.assertEqual(metrics.seam(truth, made, self.cut), 7)
        self.assertEqual(metrics.step(truth, made, self.cut), 7)
        self.assertGreater(metrics.seam(metrics.as_jpeg(truth), metrics.as_jpeg(made), self.cut), 2)

    def test_grain_hides_a_small_step_from_the_seam_only(self):
        truth = _texture(deviation=6)
        made = truth.copy()
        made[self.cut.missing] += 3
        seam, step = (figure(truth, made, self.cut) for figure in (metrics.seam, metrics.step))
        self.assertLess(seam, 3 / 2)
        self.assertGreater(step, 3 / 2 * seam)

    def test_a_texture_is_at_no_distance_from_itself_elsewhere(self):
        truth, shifted = self._margins(lambda truth: numpy.roll(truth, 150, axis=1))
        _, constant = self._margins(lambda truth: numpy.full_like(truth, 128))
        near, far = (metrics.texture(truth, made, self.cut) for made in (shifted, constant))
        self.assertLess(near, 0.05 * far)

    def test_texture_distance_and_detail_follow_blur(self):
        found = []
        for blur in (0.5, 1, 2, 4):
            truth, made = self._margins(lambda truth, blur=blur: cv2.GaussianBlur(truth, (0, 0), blur))
            found.append((metrics.texture(truth, made, self.cut), metrics.detail(truth, made, self.cut)))
        distances, details = zip(*found, strict=True)
        self.assertEqual(list(distances), sorted(distances))
        self.assertEqual(list(details), sorted(details, reverse=True))
        self.assertLess(details[-1], 0.05)

    def test_a_mirror_is_found_and_a_shift(self):
        def mirrored(truth):
            depth = self.cut.depths["top"]
            inside = truth[self.cut.kept]
            return numpy.concatenate([inside[:depth][::-1], inside, inside[-depth:][::-1]])

        def moved(truth):
            return numpy.roll(truth, 101, axis=0)

        for change in (mirrored, moved):
            _, made = self._margins(change)
            self.assertGreater(metrics.copied(made, self.cut), 0.9, change.__name__)

    def test_pieces_of_lines_are_no_copies(self):
        truth = _texture()
        streaks = numpy.broadcast_to(truth[self.cut.kept][:1], truth.shape)
        self.assertIsNone(metrics.copied(streaks, self.cut))

    def test_what_has_no_texture_has_no_copies(self):
        self.assertIsNone(metrics.copied(numpy.full((300, 400, 3), 100, numpy.uint8), self.cut))

    def test_a_changed_source_pixel_is_seen(self):
        truth = _texture()
        made = truth.copy()
        made[150, 200, 1] ^= 1
        self.assertFalse(metrics.measure(truth, made, self.cut)["identical"])


class Statistics(unittest.TestCase):
    def test_an_interval_encloses_the_mean_and_narrows(self):
        random = numpy.random.default_rng(3)
        few, many = (intervals.mean(random.normal(2, 1, count)) for count in (20, 2000))
        for found in (few, many):
            self.assertLess(found.low, 2.0)
            self.assertGreater(found.high, 2.0)
        self.assertLess(many.high - many.low, few.high - few.low)

    def test_the_ratio_of_means(self):
        found = intervals.ratio([1, 2, 3], [2, 4, 6])
        self.assertEqual((found.mean, found.low, found.high), (0.5, 0.5, 0.5))

    def test_area_under_the_curve(self):
        self.assertEqual(verdicts.area([0.9, 0.8], [0.1, 0.2]), 1)
        self.assertEqual(verdicts.area([0.5], [0.5]), 0.5)
        self.assertEqual(verdicts.area([0.1, 0.9], [0.5]), 0.5)


class Verdicts(unittest.TestCase):
    def _set(self, confidences):
        rows = [
            figures.Figures(
                **dict.fromkeys((entry.name for entry in dataclasses.fields(figures.Figures)), 0)
                | {"file": str(index), "cut": "t20", "engine": "auto", "confidence": confidence}
            )
            for index, confidence in enumerate(confidences)
        ]
        return sets.Set(sets.PHOTOS, rows, real=len(rows), unsteady=[])

    def test_confidence_is_held_against_verdicts(self):
        judged = {(str(index), "t20"): "broken" if index == 2 else "good" for index in range(5)}
        # The last one is a blur, or one colour: that is good, and says nothing of confidence. What goes on may
        # have less of it than that.
        found, why_not = bars.of_verdicts(self._set([0.9, 0.1, 0.5, 0.2, bars.PADDED]), judged)
        self.assertIsNone(why_not)
        self.assertEqual([(bar.found, bar.is_met) for bar in found], [("1 of 5", False), ("0.333", False)])

    def test_confidence_is_found_wherever_it_stands(self):
        for record, expected in (
            ({"confidence": 1}, 1.0),
            ({"choice": {"gates": {"seam": 0.1}, "confidence": 0.5}}, 0.5),
            ({"engine": "blur", "timings": {"pixels_ms": 3}}, None),
        ):
            self.assertEqual(contenders.confidence_of(record), expected)

    def test_without_confidence_the_broken_are_still_counted(self):
        found, why_not = bars.of_verdicts(self._set([None]), {("0", "t20"): "good"})
        self.assertEqual([(bar.found, bar.is_met) for bar in found], [("0 of 1", True)])
        self.assertIn("no confidence", why_not)


def run():
    """Whether all tests pass."""
    suite = unittest.defaultTestLoader.loadTestsFromName(__name__)
    return unittest.TextTestRunner(verbosity=1).run(suite).wasSuccessful()
