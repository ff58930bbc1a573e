# The delivery figures of each WAV file in a folder, by Praat's own means, as lines "name <TAB> figure <TAB> value", and
# its pitch as lines "name <TAB> track <TAB> Hz Hz Hz ...", every 10 ms from 0 s on, 0 where there is no voice.
#
# praat --run figures.praat FOLDER

form Figures
	sentence Folder .
endform

# Pitches looked for, Hz, and silence: dB below the loudest, and its shortest, s.
lowest = 65
highest = 500
silenceDb = -25
shortestPause = 0.25

clearinfo
strings = Create Strings as file list: "files", folder$ + "/*.wav"
count = Get number of strings
for file to count
	selectObject: strings
	name$ = Get string: file
	sound = Read from file: folder$ + "/" + name$
	@pitch
	@silences
	@syllables
	selectObject: sound, pitch.object, silences.intensity, silences.grid
	Remove
endfor

procedure tell: .figure$, .value
	appendInfoLine: name$, tab$, .figure$, tab$, fixed$ (.value, 4)
endproc

# Two passes (De Looze & Hirst): the second within 0.75 x the lower and 2.5 x the upper quartile of the first.
procedure pitch
	selectObject: sound
	.first = To Pitch: 0.01, lowest, highest
	.low = Get quantile: 0, 0, 0.25, "Hertz"
	.high = Get quantile: 0, 0, 0.75, "Hertz"
	if .low <> undefined
		removeObject: .first
		selectObject: sound
		.first = To Pitch: 0.01, max (lowest, 0.75 * .low), min (highest, 2.5 * .high)
	endif
	.object = .first
	.median = Get quantile: 0, 0, 0.5, "Hertz"
	if .median <> undefined
		@tell: "pitchHz", .median
		.low = Get quantile: 0, 0, 0.05, "semitones re 1 Hz"
		.high = Get quantile: 0, 0, 0.95, "semitones re 1 Hz"
		@tell: "pitchRangeSemitones", .high - .low
	endif
	.line$ = ""
	selectObject: sound
	.length = Get total duration
	selectObject: .object
	for .at from 0 to floor (.length / 0.01)
		.hertz = Get value at time: .at * 0.01, "Hertz", "linear"
		.line$ = .line$ + if .hertz = undefined then "0 " else fixed$ (.hertz, 1) + " " fi
	endfor
	appendInfoLine: name$, tab$, "track", tab$, .line$
endproc

# Praat's "To TextGrid (silences)": pauses are the silences between the first and the last sounding interval.
procedure silences
	selectObject: sound
	.intensity = To Intensity: lowest, 0.01, "yes"
	.grid = To TextGrid (silences): silenceDb, shortestPause, 0.1, "silent", "sounding"
	.intervals = Get number of intervals: 1
	.pauses = 0
	.longest = 0
	.paused = 0
	.sounding = 0
	.energy = 0
	for .i to .intervals
		selectObject: .grid
		.label$ = Get label of interval: 1, .i
		.from = Get start time of interval: 1, .i
		.to = Get end time of interval: 1, .i
		if .label$ = "sounding"
			.sounding += .to - .from
			selectObject: sound
			.energy += Get energy: .from, .to
		elsif .i > 1 and .i < .intervals
			.pauses += 1
			.longest = max (.longest, 1000 * (.to - .from))
			.paused += 1000 * (.to - .from)
		endif
	endfor
	@tell: "pauseCount", .pauses
	@tell: "pausedMs", .paused
	@tell: "longestPauseMs", .longest
	@tell: "soundingMs", 1000 * .sounding
	@tell: "loudnessDbfs", 10 * log10 (.energy / .sounding)
endproc

# De Jong & Wempe 2009: peaks of the intensity, voiced, with a dip of 2 dB before them; by the sounding time.
procedure syllables
	selectObject: sound
	.intensity = To Intensity: 50, 0, "yes"
	.loudest = Get quantile: 0, 0, 0.99
	.quietest = Get minimum: 0, 0, "None"
	.threshold = max (.loudest - 25, .quietest)
	.matrix = Down to Matrix
	.slice = To Sound (slice): 1
	.points = To PointProcess (extrema): "Left", "yes", "no", "Sinc70"
	.number = Get number of points
	.count = 0
	.before = undefined
	for .i to .number
		selectObject: .points
		.time = Get time from index: .i
		selectObject: .intensity
		.level = Get value at time: .time, "cubic"
		if .level <> undefined and .level > .threshold
			if .before <> undefined
				selectObject: .intensity
				.dip = Get minimum: .before, .time, "None"
				selectObject: pitch.object
				.voiced = Get value at time: .before, "Hertz", "linear"
				if .beforeLevel - .dip > 2 and .voiced <> undefined
					.count += 1
				endif
			endif
			.before = .time
			.beforeLevel = .level
		endif
	endfor
	if .before <> undefined
		selectObject: pitch.object
		.voiced = Get value at time: .before, "Hertz", "linear"
		if .voiced <> undefined
			.count += 1
		endif
	endif
	if .count > 0
		@tell: "syllablesPerSecond", .count / silences.sounding
	endif
	removeObject: .intensity, .matrix, .slice, .points
endproc
