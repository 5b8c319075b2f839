"""Campaigns: a sheet of products, and an ad template, to one storyboard per row.

    sheet = open_sheet(path)                 # our own, a store's export, a merchant feed
    ad, (brand, folder) = load_ad("product"), load_brand("plain")
    for entry in sheet.entries():            # one row at a time, never the whole sheet
        film(entry.row, ad, brand, seconds=15, languages=("en", "de-DE"), campaign="spring")

Pure like the rest of this room: pictures are only named here, and nothing is translated.
"""

from storyboard.campaign.ad import Ad, load_ad
from storyboard.campaign.brand import Brand, brand_beside, load_brand
from storyboard.campaign.film import BACKDROP, FONT, LOGO, PORTRAIT, PRODUCT, Film, film, overlong
from storyboard.campaign.prices import priced, read_price
from storyboard.campaign.rows import AdSeconds, Entry, Fault, Price, Row, RowRefused, numbers
from storyboard.campaign.sheet import Sheet, open_sheet
from storyboard.campaign.table import SheetError

__all__ = [
    "BACKDROP",
    "FONT",
    "LOGO",
    "PORTRAIT",
    "PRODUCT",
    "Ad",
    "AdSeconds",
    "Brand",
    "Entry",
    "Fault",
    "Film",
    "Price",
    "Row",
    "RowRefused",
    "Sheet",
    "SheetError",
    "brand_beside",
    "film",
    "load_ad",
    "load_brand",
    "numbers",
    "open_sheet",
    "overlong",
    "priced",
    "read_price",
]
