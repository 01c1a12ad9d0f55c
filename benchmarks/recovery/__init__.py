"""Does the suite find every claim where it is true, and stay quiet where nothing is? See README.md here."""
