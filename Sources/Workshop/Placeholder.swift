// Workshop
