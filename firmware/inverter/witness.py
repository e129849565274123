"""Who says which way the battery works, and whom to believe. Clock domain: *second*; no I/O.

A witness says -1 (charging), 1 (discharging), 0 (nothing flows) or None (it cannot know). One
alone is believed while nobody contradicts; where they differ, at least two that agree outvote the
rest. A tie that stands is nobody's to decide: zero, words and all numbers, until the witnesses
agree again or a person says it.
"""

from micropython import const

WITNESSED_W = const(100)  # below, a direction is not worth a contradiction or a question
STANDS = const(3)  # polls that a tie may last, and a direction be unknown: flags may lag by one
CROSSING_W = const(50)  # below, the battery may turn round without anybody noticing
_CLOUD_W = const(400)  # in a second a cloud takes no more of 5 kW
_STANDBY_W = const(80)  # of losses that do not grow with what passes
_QUIET_W = const(60)  # registers that move by less agree though one may be older
_IDLE_W = const(25)  # of a battery that may be taken for idle
_JUMP_W = const(500)  # in one poll that is no ramp: it may have gone through zero
_JUMP_V = const(0.01)  # so much of its voltage at the same power: the current turned round
# So much charge gained or lost tells the direction: 90 s of 2 kW at 10 kWh.
_TREND_PCT = const(0.5)
_TREND_COARSE_PCT = const(1.5)  # where the inverter counts whole percents: two steps

# Most physical first: in the first polls of a tie the first of these counts, because flags lag
# behind what they describe.
REGISTER, SIGN, CURRENT, BALANCE, FLAGS, LEVEL, ANSWER = range(7)
ALL = 7


def verdict(votes):
    """(way, agreed) of a list of ALL votes.

    way: None where nobody knows. agreed: True where nobody contradicts, False where a majority
    stands against others, None for a tie.
    """
    first = None
    ways = [0, 0, 0]  # votes for 0, 1, -1
    for witness in range(ALL):
        way = votes[witness]
        if way is not None:
            if first is None:
                first = way
            ways[way] += 2 if witness == ANSWER else 1
    if first is None:
        return None, True
    most = max(ways)
    if most == sum(ways):
        return first, True
    if most >= 2 and ways.count(most) == 1:
        best = ways.index(most)
        return -1 if best == 2 else best, False
    return first, None


class Witnesses:
    """The votes of one poll, and what is remembered between polls."""

    def __init__(self, signed):
        """signed: a negative power was seen on this inverter before."""
        self.votes: list = [None] * ALL
        self.way = None  # None unknown | -1 charging | 1 discharging, when last known
        self.way_by = None  # the first witness that said so; None: nothing flows
        self.negative = [signed, False]  # power, current: were they ever negative?
        self.conflict = 0  # polls for which a contradiction that nobody outvotes has stood
        self._told = False  # and it is in the log
        self.unknown = 0  # polls for which nobody knew
        self.event = ""  # for the log: contradiction | outvoted | answer doubted
        self.raw = self._volts = 0
        self.blind = False  # True: the balance was asked and could not tell
        self._balanced = (0, 0, 0)  # power, its balance and PV when it was last asked
        self._lost_w = self._passed_w = 0  # losses at the last plain balance, and what passed then
        self.outvoted = 0  # polls for which a majority has stood against others
        self._flags = 0
        self._stuck = False  # True: the flags were outvoted, and have not moved since
        self._level = self._soc_then = None  # what the charge level says since the last turn
        self._said: list = [None] * ALL  # what each said last

    def known(self, first=ALL):
        """How many of the first witnesses say something."""
        return sum([vote is not None for vote in self.votes[:first]])

    def hear_signs(self, power, amps):
        """The signs of power and current: a negative one, or one that was negative once."""
        votes, negative = self.votes, self.negative
        negative[0] = negative[0] or power <= -WITNESSED_W
        if power and (power < 0 or negative[0]):
            votes[SIGN] = -1 if power < 0 else 1
        if amps and abs(power) >= WITNESSED_W:
            negative[1] = negative[1] or amps < 0
            if negative[1]:
                votes[CURRENT] = -1 if amps < 0 else 1

    def hear_flags(self, way):
        """The running state, unless it was outvoted and has not moved since."""
        if self._flags and way != self._flags:
            self._stuck = False
        self._flags = way
        self.votes[FLAGS] = None if self._stuck else way

    def hear_balance(self, raw, active_w, pv_w):
        """The way that PV and what leaves the inverter prove, or nothing where that is too close.

        Their difference is the battery, less losses: 4 % of what passes (half of it twice) is the
        middle of what inverters lose. Where nothing flows, or the direction is plain, the losses
        are measured, and less is in doubt from then on.
        """
        way = None
        surplus_w = active_w - pv_w
        was_raw, was_w, was_pv_w = self._balanced
        self._balanced = raw, surplus_w, pv_w
        passed_w = abs(active_w) + abs(pv_w) + raw
        more_w = (passed_w - self._passed_w) // 50
        lost_w = self._lost_w + more_w
        doubt_w = abs(more_w)
        if more_w < 0:  # less than when they were measured: in proportion, but for a standby
            lost_w = self._lost_w * passed_w // self._passed_w
            doubt_w = min(doubt_w, _STANDBY_W)
        # a register may be older than the other: what PV, and what only one of them, moved by
        moved_w = abs(abs(surplus_w - was_w) - abs(raw - was_raw)) + abs(pv_w - was_pv_w)
        doubt_w = max(doubt_w + passed_w // 256 + min(moved_w, _CLOUD_W), raw // 2)
        battery_w = surplus_w + lost_w
        if raw and abs(battery_w) > abs(raw - doubt_w):
            way = 1 if battery_w > 0 else -1
        lost_w = (way or 0) * raw - surplus_w
        plain = raw < _IDLE_W or way and raw > passed_w // 40 + _IDLE_W
        quiet = moved_w + abs(raw - was_raw) < _QUIET_W
        if plain and quiet and 0 <= lost_w <= passed_w // 20 + 2 * _IDLE_W:
            self._lost_w, self._passed_w = lost_w, passed_w
        self.votes[BALANCE] = way
        close = doubt_w > raw // 2 or raw < passed_w // 12  # else the power itself is odd
        self.blind = way is None and raw >= WITNESSED_W and close
        if self.blind and self.known() == 1:
            self.votes[FLAGS] = None  # alone, and nothing can confirm or deny them

    def hear_answer(self, way, soc):
        """A person's word, from now until the power passes zero or is doubted."""
        self.votes[ANSWER] = way
        self._said[:] = self.votes
        self._soc_then = soc

    def decide(self, raw, volts, soc):
        """The way of this poll's power of `raw` watts, or None."""
        votes = self.votes
        self._remember(raw, volts, soc)
        way, agreed = verdict(votes)
        self.unknown = 0 if way is not None or raw < CROSSING_W else self.unknown + 1
        if raw < WITNESSED_W or agreed is not None:
            self._agree(raw, way, agreed, soc)
        else:
            self.outvoted = 0
            self.conflict = min(self.conflict + 1, 2 * STANDS - 1)
            if self.conflict == STANDS and not self._told:
                self._told, self.event = True, "contradiction"
        if way and way != self.way:
            if self._level != way:  # what the charge level itself has settled is no turn
                self._level, self._soc_then = None, soc
            self.way = way
        self.way_by = votes.index(way) if way else None
        return way

    def _agree(self, raw, way, agreed, soc):
        """No tie in this poll; what a majority has contradicted for long is learnt anew."""
        votes, negative = self.votes, self.negative
        # one alone can't settle a dispute of its own, nor does a chance agreement of one poll
        if raw < CROSSING_W or agreed is False:
            self.conflict = 0
        elif self.conflict and self.known() > 1:
            self.conflict = self.conflict - 1 if self.conflict >= STANDS else 0
        self._told = self._told and self.conflict > 0
        self.outvoted = 0 if agreed or raw < WITNESSED_W else self.outvoted + 1
        if self.outvoted != STANDS:
            return
        self.event = "outvoted"
        self._stuck = self._stuck or votes[FLAGS] == -way
        negative[0] = negative[0] and votes[SIGN] != -way
        negative[1] = negative[1] and votes[CURRENT] != -way
        if votes[LEVEL] == -way:
            self._level, self._soc_then = None, soc
        if votes[ANSWER] == -way:
            votes[ANSWER] = None

    def _remember(self, raw, volts, soc):
        """What the charge level and a person say, for as long as nothing may have turned round."""
        votes = self.votes
        alone = all([vote is None for vote in votes[:LEVEL]])
        turned = abs(raw - self.raw) > _JUMP_W or abs(volts - self._volts) > volts * _JUMP_V
        self.raw, self._volts = raw, volts
        if raw < CROSSING_W or alone and turned:
            if raw >= CROSSING_W:
                self._doubt_the_answer()
            self._level = self._soc_then = votes[ANSWER] = None
            self._said = [None] * ALL
        if raw >= CROSSING_W:
            self._follow_level(soc)
        votes[LEVEL] = self._level
        self._doubt_memories(soc)

    def _doubt_memories(self, soc):
        """Charge level and answer speak of the past: whoever changes its mind ends them."""
        votes, said = self.votes, self._said
        for witness in range(ANSWER):
            way = votes[witness]
            if way:
                if self._level == -way == said[witness]:
                    votes[LEVEL], self._level, self._soc_then = None, None, soc
                if votes[ANSWER] == -way and said[witness] != way:
                    self._doubt_the_answer()
                said[witness] = way

    def _doubt_the_answer(self):
        if self.votes[ANSWER] is not None:
            self.votes[ANSWER] = None
            self.event = "answer doubted"

    def _follow_level(self, soc):
        then = self._soc_then
        if then is None or soc is None:
            self._soc_then = soc
        elif abs(soc - then) >= (_TREND_PCT if soc % 1 or then % 1 else _TREND_COARSE_PCT):
            self._level = -1 if soc > then else 1
            self._soc_then = soc
