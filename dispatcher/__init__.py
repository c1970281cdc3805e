"""The advisory notification dispatcher: from recipient sheets to bilingual mail, with proof."""
