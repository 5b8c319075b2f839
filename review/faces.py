"""Faces found and told apart by OpenCV's own networks: YuNet finds them, SFace prints them.

Neither ships in a package; both are files of OpenCV's model zoo (Apache-2.0, MIT) that the user
lays into a folder. They know filmed faces; drawn ones were not tried.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from review.errors import SenseMissing
from review.senses import Face, Print, Rgb

FINDER, TELLER = "face_detection_yunet*.onnx", "face_recognition_sface*.onnx"
INSTALL = "pip install 'hoofbeat[faces]'"


class OpenCvFaces:
    """Both networks, on the processor; one frame at a time."""

    def __init__(self, folder: Path) -> None:
        """SenseMissing where OpenCV or one of the two files is not there."""
        finder, teller = _model(folder, FINDER), _model(folder, TELLER)
        try:
            import cv2
        except ImportError as error:
            raise SenseMissing(f"OpenCV is not installed: {INSTALL}") from error
        self._cv2: Any = cv2
        try:
            self._finder: Any = cv2.FaceDetectorYN.create(str(finder), "", (256, 256))
            self._teller: Any = cv2.FaceRecognizerSF.create(str(teller), "")
        except cv2.error as error:
            raise SenseMissing(f"{folder}: OpenCV cannot read the face models: {error}") from error
        self._lock = threading.Lock()
        self.name = f"{finder.stem}, {teller.stem}, OpenCV {cv2.__version__}"

    def find(self, frame: Rgb) -> tuple[Face, ...]:
        picture = self._cv2.cvtColor(frame, self._cv2.COLOR_RGB2BGR)
        with self._lock:
            self._finder.setInputSize((frame.shape[1], frame.shape[0]))
            _, rows = self._finder.detect(picture)
            faces = [self._face(picture, row) for row in (() if rows is None else rows)]
        return tuple(sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True))

    def _face(self, picture: Rgb, row: Any) -> Face:
        left, top, width, height = (int(each) for each in row[:4])
        aligned = self._teller.alignCrop(picture, row)
        return Face(box=(left, top, width, height), print=_unit(self._teller.feature(aligned)))


def _model(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SenseMissing(f"{folder} has no {pattern}; get it from OpenCV's model zoo")
    return found[-1]


def _unit(values: Any) -> Print:
    flat = np.asarray(values, np.float32).ravel()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), np.float32)
