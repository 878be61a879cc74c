"""QRS detectors of published tools on a file of samples (float64, mV), one run for each name that comes on standard input.

The CPU time of a run is that of this process and its threads; what is printed is a line of JSON for each run.
"""

import json
import sys
import time
import warnings

import neurokit2
import numpy
from ecgdetectors import Detectors
from wfdb import processing

warnings.filterwarnings("ignore")


def neurokit(method):
    def detect(samples, rate):
        cleaned = neurokit2.ecg_clean(samples, sampling_rate=rate, method=method)
        return neurokit2.ecg_findpeaks(cleaned, sampling_rate=rate, method=method)["ECG_R_Peaks"]

    return detect


TOOLS = {
    "gqrs": lambda samples, rate: processing.gqrs_detect(sig=samples, fs=rate),
    "xqrs": lambda samples, rate: processing.xqrs_detect(sig=samples, fs=rate, verbose=False),
    "neurokit-pantompkins1985": neurokit("pantompkins1985"),
    "neurokit": neurokit("neurokit"),
    "neurokit-hamilton2002": neurokit("hamilton2002"),
    "detectors-pan-tompkins": lambda samples, rate: Detectors(rate).pan_tompkins_detector(samples),
    "detectors-two-average": lambda samples, rate: Detectors(rate).two_average_detector(samples),
}


def main(path, rate):
    samples = numpy.fromfile(path, dtype="<f8")
    for line in sys.stdin:
        detect = TOOLS[line.strip()]
        before = time.process_time()
        beats = detect(samples, rate)
        print(json.dumps({"cpuS": time.process_time() - before, "beats": len(beats)}), flush=True)


main(sys.argv[1], int(sys.argv[2]))
