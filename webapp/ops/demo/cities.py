"""The nine cities of the tutorial, in its order, with some streets of each.

A street is a straight piece of a real one: where it begins and ends, and the house numbers there.
Positions are good enough for a demo, not for a survey.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from webapp.ops.demo.local_names import LOCAL_NAMES, LocalNames
from webapp.regions.geography import Point


class Street(NamedTuple):
    """A piece of a street, from the house number ``low`` at ``begin`` to ``high`` at ``end``."""

    name: str
    low: int
    high: int
    begin: Point
    end: Point


@dataclass(frozen=True)
class DemoCity:
    """A city of the demo, with the streets where its vehicles stand.

    districts: streets of other parts of the city, where only the fleets of ``flask demo --scale``
        stand.
    language: that of its people, ISO 639-1.
    """

    label: str
    region: str
    timezone: str
    currency: str
    centre: Point
    streets: tuple[Street, ...]
    districts: tuple[tuple[Street, ...], ...] = ()
    language: str = "en"
    #: The names by language that CLDR does not have.
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return self.label.lower()

    @property
    def all_streets(self) -> tuple[Street, ...]:
        return self.streets + tuple(street for district in self.districts for street in district)

    @property
    def local_names(self) -> LocalNames:
        return LOCAL_NAMES[self.language]

    def format_address(self, number: int, street: Street) -> str:
        return self.local_names.address.format(number=number, street=street.name)

    def columns(self) -> dict[str, object]:
        """Return the values of the columns of City."""
        return {
            "name": self.name,
            "label": self.label,
            "labels": self.labels,
            "region": self.region,
            "timezone": self.timezone,
            "currency": self.currency,
            "lat": self.centre.lat,
            "lon": self.centre.lon,
        }


def _read_streets(text: str) -> tuple[Street, ...]:
    """Read lines of ``name | low-high | lat lon | lat lon``."""
    streets = []
    for line in text.strip().splitlines():
        name, numbers, *ends = (part.strip() for part in line.split("|"))
        low, high = map(int, numbers.split("-"))
        begin, end = (Point(*map(float, words.split())) for words in ends)
        streets.append(Street(name, low, high, begin, end))
    return tuple(streets)


NEW_YORK = _read_streets("""
Broadway            | 600-860   | 40.7252 -73.9967 | 40.7353 -73.9910
Lafayette Street    | 200-430   | 40.7222 -73.9972 | 40.7298 -73.9913
Bowery              | 180-360   | 40.7206 -73.9942 | 40.7277 -73.9915
St Marks Place      | 4-130     | 40.7294 -73.9893 | 40.7268 -73.9832
Second Avenue       | 30-240    | 40.7235 -73.9908 | 40.7318 -73.9848
Avenue A            | 10-230    | 40.7223 -73.9862 | 40.7299 -73.9806
Bleecker Street     | 10-230    | 40.7254 -73.9926 | 40.7298 -74.0018
Hudson Street       | 380-620   | 40.7285 -74.0071 | 40.7380 -74.0053
West 14th Street    | 10-280    | 40.7360 -73.9935 | 40.7398 -74.0020
Park Avenue South   | 200-470   | 40.7371 -73.9888 | 40.7463 -73.9820
Irving Place        | 1-80      | 40.7342 -73.9886 | 40.7379 -73.9863
Third Avenue        | 120-380   | 40.7328 -73.9869 | 40.7420 -73.9808
Orchard Street      | 20-200    | 40.7150 -73.9915 | 40.7217 -73.9886
Mulberry Street     | 100-290   | 40.7178 -73.9995 | 40.7245 -73.9950
Fifth Avenue        | 1-190     | 40.7321 -73.9966 | 40.7414 -73.9896
""")

NEW_YORK_DISTRICTS = tuple(
    map(
        _read_streets,
        (
            # Midtown and north of it
            """
Eighth Avenue       | 500-900   | 40.7535 -73.9925 | 40.7625 -73.9860
Lexington Avenue    | 400-900   | 40.7515 -73.9765 | 40.7625 -73.9680
West 42nd Street    | 100-600   | 40.7550 -73.9860 | 40.7600 -73.9970
East 57th Street    | 10-350    | 40.7625 -73.9730 | 40.7585 -73.9640
Amsterdam Avenue    | 200-700   | 40.7785 -73.9820 | 40.7935 -73.9715
Columbus Avenue     | 150-700   | 40.7745 -73.9810 | 40.7905 -73.9690
Broadway            | 2100-2600 | 40.7800 -73.9810 | 40.7945 -73.9720
Second Avenue       | 1300-1800 | 40.7680 -73.9590 | 40.7830 -73.9480
Third Avenue        | 1200-1600 | 40.7705 -73.9600 | 40.7810 -73.9525
Lenox Avenue        | 100-500   | 40.8000 -73.9490 | 40.8120 -73.9425
Frederick Douglass Boulevard | 2000-2500 | 40.8010 -73.9580 | 40.8135 -73.9490
West 125th Street   | 50-400    | 40.8080 -73.9455 | 40.8115 -73.9530
""",
            # Williamsburg and Greenpoint
            """
Bedford Avenue      | 100-400   | 40.7205 -73.9545 | 40.7110 -73.9635
Grand Street        | 200-700   | 40.7135 -73.9605 | 40.7115 -73.9430
Metropolitan Avenue | 200-600   | 40.7160 -73.9590 | 40.7140 -73.9480
Graham Avenue       | 50-500    | 40.7040 -73.9430 | 40.7180 -73.9445
Manhattan Avenue    | 500-1000  | 40.7235 -73.9510 | 40.7340 -73.9550
Nassau Avenue       | 20-200    | 40.7235 -73.9530 | 40.7250 -73.9430
""",
            # Brooklyn
            """
Smith Street        | 50-400    | 40.6880 -73.9885 | 40.6780 -73.9960
Court Street        | 50-500    | 40.6915 -73.9915 | 40.6800 -73.9965
Fifth Avenue        | 50-500    | 40.6810 -73.9775 | 40.6670 -73.9880
Seventh Avenue      | 50-450    | 40.6765 -73.9725 | 40.6640 -73.9835
Atlantic Avenue     | 200-700   | 40.6885 -73.9895 | 40.6840 -73.9775
Fulton Street       | 600-1200  | 40.6865 -73.9755 | 40.6815 -73.9570
DeKalb Avenue       | 100-500   | 40.6895 -73.9750 | 40.6915 -73.9570
Nostrand Avenue     | 300-800   | 40.6870 -73.9520 | 40.6700 -73.9505
Franklin Avenue     | 400-900   | 40.6825 -73.9565 | 40.6690 -73.9585
Knickerbocker Avenue | 100-500  | 40.7055 -73.9270 | 40.6970 -73.9160
Wyckoff Avenue      | 50-350    | 40.7075 -73.9230 | 40.6995 -73.9120
""",
            # Queens
            """
Jackson Avenue      | 1020-2800 | 40.7430 -73.9510 | 40.7480 -73.9400
Steinway Street     | 2500-3700 | 40.7655 -73.9130 | 40.7560 -73.9210
Broadway            | 3000-4400 | 40.7625 -73.9255 | 40.7560 -73.9140
30th Avenue         | 3000-4200 | 40.7665 -73.9215 | 40.7625 -73.9115
""",
        ),
    )
)

BOSTON = _read_streets("""
Hanover Street      | 100-460   | 42.3617 -71.0567 | 42.3668 -71.0518
Beacon Street       | 1-90      | 42.3579 -71.0612 | 42.3563 -71.0693
Charles Street      | 20-170    | 42.3563 -71.0697 | 42.3611 -71.0706
Tremont Street      | 10-180    | 42.3592 -71.0597 | 42.3524 -71.0644
Washington Street   | 210-700   | 42.3588 -71.0575 | 42.3510 -71.0627
Newbury Street      | 1-240     | 42.3527 -71.0712 | 42.3502 -71.0817
Commonwealth Avenue | 1-150     | 42.3537 -71.0718 | 42.3515 -71.0801
Boylston Street     | 100-560   | 42.3524 -71.0646 | 42.3501 -71.0769
Salem Street        | 10-190    | 42.3632 -71.0565 | 42.3662 -71.0546
State Street        | 1-200     | 42.3588 -71.0573 | 42.3593 -71.0516
Atlantic Avenue     | 200-600   | 42.3588 -71.0519 | 42.3527 -71.0548
Summer Street       | 1-180     | 42.3554 -71.0604 | 42.3525 -71.0557
Cambridge Street    | 50-300    | 42.3610 -71.0622 | 42.3612 -71.0704
Congress Street     | 30-280    | 42.3590 -71.0563 | 42.3540 -71.0545
Shawmut Avenue      | 100-400   | 42.3470 -71.0660 | 42.3425 -71.0715
""")

WASHINGTON_DC = _read_streets("""
Connecticut Avenue NW   | 800-1350  | 38.9020 -77.0396 | 38.9090 -77.0431
P Street NW             | 1400-1900 | 38.9096 -77.0320 | 38.9097 -77.0420
14th Street NW          | 1000-2000 | 38.9030 -77.0319 | 38.9168 -77.0320
U Street NW             | 900-1600  | 38.9170 -77.0240 | 38.9169 -77.0363
18th Street NW          | 900-2400  | 38.9025 -77.0417 | 38.9205 -77.0420
16th Street NW          | 800-2100  | 38.9010 -77.0365 | 38.9181 -77.0365
K Street NW             | 1300-2000 | 38.9025 -77.0298 | 38.9025 -77.0448
M Street NW             | 1600-2200 | 38.9056 -77.0366 | 38.9053 -77.0486
Massachusetts Avenue NW | 1400-1800 | 38.9057 -77.0322 | 38.9091 -77.0418
New Hampshire Avenue NW | 1500-2000 | 38.9104 -77.0427 | 38.9163 -77.0374
Rhode Island Avenue NW  | 1300-1700 | 38.9095 -77.0299 | 38.9057 -77.0409
Pennsylvania Avenue NW  | 1700-2200 | 38.8990 -77.0396 | 38.9021 -77.0490
Corcoran Street NW      | 1400-1780 | 38.9118 -77.0321 | 38.9117 -77.0413
Q Street NW             | 1300-1700 | 38.9109 -77.0298 | 38.9109 -77.0386
F Street NW             | 700-1400  | 38.8974 -77.0221 | 38.8974 -77.0319
""")

SAN_FRANCISCO = _read_streets("""
Market Street       | 870-2090  | 37.7841 -122.4083 | 37.7678 -122.4288
Valencia Street     | 20-800    | 37.7716 -122.4226 | 37.7587 -122.4213
Mission Street      | 1800-2400 | 37.7680 -122.4200 | 37.7588 -122.4190
Hayes Street        | 300-1200  | 37.7772 -122.4203 | 37.7751 -122.4372
Octavia Street      | 300-560   | 37.7733 -122.4239 | 37.7780 -122.4248
Gough Street        | 20-900    | 37.7737 -122.4226 | 37.7827 -122.4244
Van Ness Avenue     | 20-1200   | 37.7757 -122.4195 | 37.7874 -122.4218
Polk Street         | 200-1300  | 37.7783 -122.4185 | 37.7882 -122.4205
Haight Street       | 200-900   | 37.7727 -122.4258 | 37.7713 -122.4369
Page Street         | 200-1000  | 37.7737 -122.4261 | 37.7722 -122.4372
Divisadero Street   | 200-1000  | 37.7714 -122.4370 | 37.7788 -122.4386
Folsom Street       | 1100-1700 | 37.7762 -122.4085 | 37.7706 -122.4149
Howard Street       | 900-1400  | 37.7814 -122.4050 | 37.7748 -122.4137
Fillmore Street     | 200-1500  | 37.7720 -122.4305 | 37.7838 -122.4329
16th Street         | 2900-3500 | 37.7650 -122.4199 | 37.7644 -122.4307
Guerrero Street     | 200-800   | 37.7678 -122.4242 | 37.7585 -122.4234
""")

SEATTLE = _read_streets("""
Pike Street         | 100-900   | 47.6089 -122.3399 | 47.6131 -122.3312
East Pike Street    | 300-1100  | 47.6141 -122.3270 | 47.6141 -122.3160
1st Avenue          | 600-1500  | 47.6019 -122.3342 | 47.6088 -122.3392
2nd Avenue          | 600-1600  | 47.6025 -122.3320 | 47.6098 -122.3384
3rd Avenue          | 500-1500  | 47.6028 -122.3303 | 47.6103 -122.3371
5th Avenue          | 600-1600  | 47.6040 -122.3291 | 47.6119 -122.3362
Madison Street      | 100-1200  | 47.6047 -122.3358 | 47.6103 -122.3233
Broadway            | 1000-1700 | 47.6115 -122.3208 | 47.6165 -122.3208
Broadway East       | 100-600   | 47.6188 -122.3208 | 47.6242 -122.3211
12th Avenue         | 500-1500  | 47.6063 -122.3168 | 47.6139 -122.3167
South Jackson Street | 100-1200 | 47.5992 -122.3338 | 47.5993 -122.3172
South King Street   | 200-800   | 47.5984 -122.3298 | 47.5984 -122.3226
Occidental Avenue South | 100-400 | 47.6013 -122.3332 | 47.5987 -122.3332
Yesler Way          | 80-800    | 47.6018 -122.3336 | 47.6017 -122.3238
Boren Avenue        | 800-1700  | 47.6095 -122.3243 | 47.6148 -122.3301
Bell Street         | 100-500   | 47.6133 -122.3464 | 47.6162 -122.3411
""")

LOS_ANGELES = _read_streets("""
South Spring Street    | 100-700  | 34.0523 -118.2450 | 34.0438 -118.2522
South Broadway         | 100-800  | 34.0534 -118.2459 | 34.0438 -118.2540
South Main Street      | 100-700  | 34.0515 -118.2438 | 34.0428 -118.2506
South Hill Street      | 100-700  | 34.0541 -118.2470 | 34.0457 -118.2545
South Olive Street     | 400-800  | 34.0508 -118.2517 | 34.0449 -118.2566
South Grand Avenue     | 100-700  | 34.0555 -118.2489 | 34.0479 -118.2571
South Figueroa Street  | 300-1000 | 34.0530 -118.2560 | 34.0455 -118.2632
West 7th Street        | 100-800  | 34.0433 -118.2507 | 34.0486 -118.2586
East 1st Street        | 100-400  | 34.0515 -118.2433 | 34.0490 -118.2384
East 2nd Street        | 100-500  | 34.0502 -118.2446 | 34.0471 -118.2385
Traction Avenue        | 700-900  | 34.0467 -118.2366 | 34.0453 -118.2342
Mateo Street           | 300-900  | 34.0432 -118.2331 | 34.0364 -118.2325
North Alameda Street   | 200-800  | 34.0525 -118.2383 | 34.0572 -118.2372
North Broadway         | 600-1000 | 34.0605 -118.2402 | 34.0658 -118.2360
West Sunset Boulevard  | 900-1300 | 34.0630 -118.2463 | 34.0690 -118.2503
""")

AMSTERDAM = _read_streets("""
Prinsengracht            | 60-430  | 52.3788 4.8858 | 52.3702 4.8828
Keizersgracht            | 500-640 | 52.3652 4.8862 | 52.3636 4.8925
Herengracht              | 420-500 | 52.3661 4.8882 | 52.3653 4.8926
Utrechtsestraat          | 2-140   | 52.3657 4.8973 | 52.3604 4.8990
Damrak                   | 1-100   | 52.3775 4.8984 | 52.3738 4.8940
Rokin                    | 1-150   | 52.3724 4.8929 | 52.3673 4.8931
Kalverstraat             | 2-220   | 52.3723 4.8917 | 52.3674 4.8922
Weesperstraat            | 1-120   | 52.3665 4.9053 | 52.3617 4.9082
Plantage Middenlaan      | 1-80    | 52.3671 4.9090 | 52.3645 4.9185
Jodenbreestraat          | 1-100   | 52.3694 4.9012 | 52.3686 4.9043
Sint Antoniesbreestraat  | 1-70    | 52.3715 4.9008 | 52.3697 4.9012
Zeedijk                  | 1-130   | 52.3766 4.9008 | 52.3728 4.9003
Prins Hendrikkade        | 80-170  | 52.3767 4.9022 | 52.3738 4.9086
Sarphatistraat           | 20-110  | 52.3612 4.9047 | 52.3627 4.9118
Van Woustraat            | 1-200   | 52.3576 4.8998 | 52.3518 4.9038
Ferdinand Bolstraat      | 1-130   | 52.3576 4.8915 | 52.3537 4.8906
""")

PARIS = _read_streets("""
Rue de Rivoli           | 1-150  | 48.8553 2.3606 | 48.8604 2.3408
Rue Saint-Antoine       | 5-130  | 48.8534 2.3680 | 48.8551 2.3618
Rue des Francs-Bourgeois | 1-60  | 48.8559 2.3643 | 48.8591 2.3580
Rue des Archives        | 1-80   | 48.8574 2.3548 | 48.8634 2.3612
Rue de Turenne          | 1-130  | 48.8553 2.3638 | 48.8629 2.3665
Boulevard Saint-Germain | 1-130  | 48.8497 2.3548 | 48.8520 2.3392
Boulevard Saint-Michel  | 1-70   | 48.8531 2.3439 | 48.8468 2.3406
Rue Saint-Jacques       | 1-180  | 48.8523 2.3464 | 48.8466 2.3432
Rue Monge               | 1-110  | 48.8496 2.3491 | 48.8414 2.3515
Rue Mouffetard          | 1-140  | 48.8446 2.3494 | 48.8403 2.3497
Rue Montorgueil         | 1-100  | 48.8634 2.3466 | 48.8659 2.3471
Boulevard de Sébastopol | 1-110  | 48.8586 2.3484 | 48.8659 2.3527
Rue du Temple           | 1-200  | 48.8574 2.3530 | 48.8668 2.3627
Rue Oberkampf           | 1-100  | 48.8634 2.3675 | 48.8655 2.3770
Boulevard Voltaire      | 1-110  | 48.8664 2.3654 | 48.8615 2.3738
Rue de Charonne         | 1-110  | 48.8534 2.3728 | 48.8549 2.3828
""")

ROME = _read_streets("""
Via Nazionale         | 1-250  | 41.9020 12.4953 | 41.8966 12.4874
Via Cavour            | 1-320  | 41.9005 12.5003 | 41.8936 12.4882
Via XX Settembre      | 1-120  | 41.9024 12.4914 | 41.9088 12.5008
Via Barberini         | 1-100  | 41.9038 12.4888 | 41.9043 12.4936
Via Vittorio Veneto   | 20-180 | 41.9050 12.4897 | 41.9088 12.4890
Via Sistina           | 1-150  | 41.9037 12.4880 | 41.9054 12.4842
Via del Tritone       | 1-200  | 41.9034 12.4879 | 41.9019 12.4814
Via del Corso         | 20-520 | 41.8968 12.4823 | 41.9100 12.4768
Via dei Serpenti      | 1-170  | 41.8985 12.4906 | 41.8944 12.4908
Via Merulana          | 10-270 | 41.8969 12.4991 | 41.8878 12.5046
Via Giovanni Giolitti | 10-300 | 41.8998 12.5022 | 41.8962 12.5092
Via Marsala           | 10-110 | 41.9027 12.5017 | 41.8997 12.5072
Via Nomentana         | 1-150  | 41.9096 12.5018 | 41.9134 12.5093
Via Piave             | 1-80   | 41.9072 12.4986 | 41.9099 12.4981
Via Salaria           | 30-220 | 41.9106 12.4986 | 41.9163 12.5013
Via Panisperna        | 1-260  | 41.8982 12.4960 | 41.8961 12.4886
""")

WASHINGTON_DC_LABELS = {
    "de": "Washington, D.C.",
    "es": "Washington D. C.",
    "fr": "Washington",
    "it": "Washington",
    "nl": "Washington D.C.",
}

_US_EAST = ("us-east1", "America/New_York", "USD")
_US_WEST = ("us-west1", "America/Los_Angeles", "USD")

CITIES = (
    DemoCity("New York", *_US_EAST, Point(40.7306, -73.9866), NEW_YORK, NEW_YORK_DISTRICTS),
    DemoCity("Boston", *_US_EAST, Point(42.3601, -71.0589), BOSTON),
    DemoCity(
        "Washington DC",
        *_US_EAST,
        Point(38.9072, -77.0369),
        WASHINGTON_DC,
        labels=WASHINGTON_DC_LABELS,
    ),
    DemoCity("San Francisco", *_US_WEST, Point(37.7749, -122.4194), SAN_FRANCISCO),
    DemoCity("Seattle", *_US_WEST, Point(47.6062, -122.3321), SEATTLE),
    DemoCity("Los Angeles", *_US_WEST, Point(34.0522, -118.2437), LOS_ANGELES),
    DemoCity(
        "Amsterdam",
        *("europe-west1", "Europe/Amsterdam", "EUR"),
        Point(52.3676, 4.9041),
        AMSTERDAM,
        language="nl",
    ),
    DemoCity(
        "Paris",
        *("europe-west1", "Europe/Paris", "EUR"),
        Point(48.8566, 2.3522),
        PARIS,
        language="fr",
    ),
    DemoCity(
        "Rome",
        *("europe-west1", "Europe/Rome", "EUR"),
        Point(41.9028, 12.4964),
        ROME,
        language="it",
    ),
)
