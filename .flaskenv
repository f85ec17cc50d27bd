FLASK_APP=main.py
