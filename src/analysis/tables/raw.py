"""The seven tables that foreign files are turned into."""

from analysis.tables import words
from analysis.tables.declare import DAY, INSTANT, NUMBER, TEXT, TRUTH, WHOLE, Column, Table


def _athlete_id() -> Column:
    return Column("athlete_id", TEXT, "pseudonym of the athlete, the same in every table", key=True)


def _athlete() -> Column:
    return Column("athlete_id", TEXT, "pseudonym of the athlete, the same in every table", required=True)


ATHLETES = Table(
    "athletes",
    "one athlete",
    (
        _athlete_id(),
        Column("clinic", TEXT, "site that follows the athlete, as a short code"),
        Column("sex", TEXT, "sex as recorded", allowed=words.SEXES),
        Column("age_y", NUMBER, "age at the start of follow-up", "years", minimum=5, maximum=110, plausible=(14, 85)),
        Column("height_cm", NUMBER, "standing height", "cm", minimum=80, maximum=250, plausible=(140, 205)),
        Column("body_mass_kg", NUMBER, "body mass", "kg", minimum=20, maximum=250, plausible=(38, 130)),
        Column("dominant_leg", TEXT, "leg preferred for kicking a ball", allowed=words.SIDES),
        Column("experience_y", NUMBER, "years of regular running", "years", minimum=0, maximum=90, plausible=(0, 60)),
        Column("weekly_volume_band_km", TEXT, "usual weekly running distance, as a band", "km", allowed=words.VOLUME_BANDS_KM),
        Column("previous_injury", TRUTH, "running injury before follow-up began (the form says how far back)"),
    ),
)  # fmt: skip

TRAINING_SESSIONS = Table(
    "training_sessions",
    "one training session",
    (
        Column("session_id", TEXT, "identifies the session within the cohort", key=True),
        _athlete(),
        Column("date", DAY, "local calendar day on which the session started", required=True),
        Column("start_utc", INSTANT, "start of the session, where the export gives it"),
        Column("sport", TEXT, "kind of session", allowed=words.SPORTS, required=True),
        Column("duration_min", NUMBER, "moving time; elapsed time only where the mapping says so", "min", minimum=0, maximum=2880, plausible=(3, 720)),
        Column("distance_km", NUMBER, "distance covered", "km", minimum=0, maximum=500, plausible=(0.3, 120)),
        Column("ascent_m", NUMBER, "height gained", "m", minimum=0, maximum=20000, plausible=(0, 4000)),
        Column("hr_avg_bpm", NUMBER, "mean heart rate", "beats/min", minimum=25, maximum=250, plausible=(60, 210)),
        Column("top_speed_km_h", NUMBER, "highest speed of the session, as the device or its service reports it", "km/h", minimum=0, maximum=150, plausible=(0, 90)),
        Column("rpe", NUMBER, "rating of perceived exertion for the whole session, on `rpe_scale`", minimum=0, maximum=20),
        Column("rpe_scale", TEXT, "which RPE scale", allowed=words.RPE_SCALES),
        Column("surface", TEXT, "main surface", allowed=words.SURFACES),
    ),
)  # fmt: skip

HIP_WORK = Table(
    "hip_work",
    "one exercise done by one athlete on one day",
    (
        Column("entry_id", TEXT, "identifies the entry within the cohort", key=True),
        _athlete(),
        Column("date", DAY, "local calendar day", required=True),
        Column("exercise", TEXT, "name from the exercise library, or the name as recorded where unknown", required=True),
        Column("in_library", TRUTH, "whether the exercise library knows the name", required=True),
        Column("category", TEXT, "mobility or stability, from the library or the mapping", allowed=words.HIP_WORK_CATEGORIES),
        Column("duration_min", NUMBER, "time spent on the exercise, rests included", "min", minimum=0, maximum=600, plausible=(0.5, 120)),
        Column("sets", WHOLE, "number of sets", minimum=0, maximum=100),
        Column("reps", WHOLE, "repetitions a set", minimum=0, maximum=500),
        Column("hold_s", NUMBER, "time one repetition or hold lasts", "s", minimum=0, maximum=3600),
        Column("order_in_day", WHOLE, "place of the entry in the order of the day's hip work, from 1", minimum=1, maximum=200),
        Column("relation_to_run", TEXT, "whether the work was done right before a run, right after one, or apart from running", allowed=words.RELATIONS_TO_RUN),
        Column("soreness_next_day_nrs", NUMBER, "muscle soreness on the day after, on the 0-10 numeric rating scale", minimum=0, maximum=10),
    ),
)  # fmt: skip

HIP_ASSESSMENTS = Table(
    "hip_assessments",
    "one trial of one hip motion on one side, for one quality, on one day",
    (
        _athlete_id(),
        Column("date", DAY, "day of the test; the day the cohort starts where the file gives none", key=True),
        Column("motion", TEXT, "hip motion tested; `whole_leg` for tests of control and balance", allowed=(*words.MOTIONS, words.WHOLE_LEG), key=True),
        Column("side", TEXT, "leg tested", allowed=words.SIDES, key=True),
        Column("quality", TEXT, "what was measured", allowed=words.QUALITIES, key=True),
        Column("position", TEXT, "body position or named test; norms apply to one position only", allowed=(*words.POSITIONS, "unspecified"), key=True),
        Column("trial_no", WHOLE, "number of the trial, from 1; of the contraction, where contractions are repeated to tire", minimum=1, maximum=50, key=True),
        Column("force_n", NUMBER, "peak force", "N", minimum=0, maximum=2500, plausible=(20, 900)),
        Column("torque_nm", NUMBER, "peak torque", "N m", minimum=0, maximum=800, plausible=(10, 350)),
        Column("angle_deg", NUMBER, "range of motion reached", "degrees", minimum=-60, maximum=180, plausible=(-20, 150)),
        Column("time_s", NUMBER, "time held", "s", minimum=0, maximum=3600, plausible=(1, 600)),
        Column("repetitions", WHOLE, "repetitions done until fatigue", minimum=0, maximum=1000, plausible=(1, 200)),
        Column("score", NUMBER, "score of a control or balance test, on `score_scale`", minimum=0, maximum=200),
        Column("score_scale", TEXT, "scale of the score: a published one, or which end is better", allowed=words.SCORE_SCALES),
        Column("lever_arm_m", NUMBER, "distance from hip centre to dynamometer", "m", minimum=0.05, maximum=1.2, plausible=(0.2, 0.6)),
        Column("device", TEXT, "instrument used"),
        Column("rater", TEXT, "pseudonym of the person who tested"),
    ),
)  # fmt: skip

WEEKLY_REPORTS = Table(
    "weekly_reports",
    "one athlete's answers for one week, body region and side",
    (
        _athlete_id(),
        Column("week_start", DAY, "Monday of the week the answers are about", key=True),
        Column("region", TEXT, "body region asked about; `any` for a form on all health problems", allowed=words.REGIONS, key=True),
        Column("side", TEXT, "side of the region", allowed=words.REPORT_SIDES, key=True),
        Column("pain_nrs", NUMBER, "worst pain of the week on the 0-10 numeric rating scale", minimum=0, maximum=10),
        Column("ostrc_version", WHOLE, "version of the OSTRC questionnaire, 1 or 2", minimum=1, maximum=2),
        Column("ostrc_q1", WHOLE, "OSTRC question 1, participation: 0, 8, 17, 25", minimum=0, maximum=25),
        Column("ostrc_q2", WHOLE, "OSTRC question 2: version 1 training volume 0, 6, 13, 19, 25; version 2 modified training 0, 8, 17, 25", minimum=0, maximum=25),
        Column("ostrc_q3", WHOLE, "OSTRC question 3, performance: version 1 0, 6, 13, 19, 25; version 2 0, 8, 17, 25", minimum=0, maximum=25),
        Column("ostrc_q4", WHOLE, "OSTRC question 4, pain or symptoms: 0, 8, 17, 25", minimum=0, maximum=25),
        Column("problem_type", TEXT, "injury or illness, where the form asks", allowed=words.PROBLEM_TYPES),
        Column("answered_on", DAY, "day the form was filled in"),
    ),
)  # fmt: skip

INJURIES = Table(
    "injuries",
    "one health problem",
    (
        Column("injury_id", TEXT, "identifies the problem within the cohort", key=True),
        _athlete(),
        Column("onset_date", DAY, "day the problem began", required=True),
        Column("return_date", DAY, "day of return to full running; missing while the problem is open"),
        Column("time_loss_days", NUMBER, "days from the day after onset to the day before return; as recorded where no return date", "days", minimum=0, maximum=3000, plausible=(0, 365)),
        Column("problem_type", TEXT, "injury or illness", allowed=words.PROBLEM_TYPES),
        Column("region", TEXT, "body region", allowed=words.REGIONS),
        Column("side", TEXT, "side of the body", allowed=words.REPORT_SIDES),
        Column("tissue", TEXT, "type of injury: the tissue", allowed=words.TISSUES),
        Column("onset_mode", TEXT, "mode of onset", allowed=words.ONSET_MODES),
        Column("definition", TEXT, "case definition the record meets", allowed=words.INJURY_DEFINITIONS),
        Column("subsequent", TEXT, "relation to earlier problems", allowed=words.SUBSEQUENT),
        Column("diagnosis_code", TEXT, "OSIICS or SMDCS code, kept as text"),
        Column("diagnosis_code_system", TEXT, "coding system and its version"),
    ),
)  # fmt: skip

OBSERVATION_WINDOWS = Table(
    "observation_windows",
    "one athlete watched for one stream of data without a break; what is blank inside it is a true zero",
    (
        _athlete_id(),
        Column("stream", TEXT, "what was watched for", allowed=words.STREAMS, key=True),
        Column("start_date", DAY, "first day watched", key=True),
        Column("end_date", DAY, "last day watched", required=True),
    ),
)  # fmt: skip
