"""A rider whose page was open while the city moved."""


def test_a_rider_with_an_open_page_ends_the_ride_and_sees_the_receipt(
    app, move, make_user, make_vehicle
):
    ada = make_user("ada", "boston")
    client = app.test_client().sign_in(ada)
    page = client.send(f"/rides/start/{make_vehicle('boston').public_key}").location
    assert "us-east1" in page
    move()
    assert "You are riding" in client.get(page).text
    answer = client.send(page.replace("/rides/", "/rides/end/"), address="Boston Common")
    assert answer.status_code == 303
    assert "Boston Common" in client.get(answer.location).text
    assert "Boston Common" in client.get(page).text
