"""The sentences that the practice model says in several languages."""

from __future__ import annotations

_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "and": "and",
        "alerts_one": "{state} has one active alert: {alerts}.",
        "alerts_many": "{state} has {count} active alerts: {alerts}.",
        "alert": "{event} (severity {severity})",
        "alert_area": "{event} (severity {severity}) for {area}",
        "alerts_milder": "There are active alerts for {state} ({count}), but none of the severity you asked for.",
        "alerts_none": "There are no active weather alerts for {state}.",
        "here": "this area",
        "error": "I could not get an answer for {what}: {error}",
        "which_state": "Which US state should I look at? A name, a city or a two-letter code will do.",
        "which": "To do that I need to know: {what}. Can you tell me?",
        "posted_one": "Done: I called {tool} for {what}.",
        "notified": "I posted {count} for {what}.",
        "notice_one": "1 notice",
        "notice_many": "{count} notices",
        "not_notified": "Nothing was posted for {what}: {why}",
        "no_alerts_no_notice": "no active alert meets your condition.",
        "result": "{tool}{what}: {result}",
        "empty": "nothing found",
        "hello": "Hello{name}! What can I do for you?",
        "how_are_you": "All my rules are in order, thank you. What can I do for you?",
        "thanks": "You're welcome{name}!",
        "bye": "Goodbye{name}!",
        "name_noted": "Nice to meet you, {name}! What can I do for you?",
        "your_name": "Your name is {name}.",
        "no_name": "You have not told me your name.",
        "noted": "Noted: {fact}.",
        "identity": "I am the practice model: scripted rules, no neural network. I read the instructions, the tools on "
        "offer and your "
        "words, and do by rule what a competent model would do. A real key in .env puts a real model in my place.",
        "abilities": "I can {tools}, hand you over to a specialist where one is on offer, fill in structured answers, and "
        "search a small "
        "library: the documentation of the installed packages and a few articles on durable agents. I am the practice "
        "model: scripted "
        "rules, no neural network.",
        "abilities_none": "answer in short sentences",
        "abilities_tools": "call {tools}",
        "unknown": "I am the practice model: scripted rules, no neural network, and my library has nothing on “{topic}”. "
        "With a real key "
        "in .env a real model would answer here.",
        "language_only": "I am the practice model, and my rules hold no translation of “{text}”.",
        "translation": "{text}",
        "story": "Once there was {article} {topic} that nobody believed in. One night a storm came, and everything "
        "stopped: the lights, the "
        "clocks, the voices. In the morning the {topic} went on exactly where it had stood, for it had written down every step. "
        "And from that day on, everybody trusted it.",
        "joke": "Why did the workflow never worry? It knew that somebody would pick it up where it left off.",
        "read": "According to {title}: {text}",
        "state_of": "{place} is in {state}.",
        "capital_of": "The capital of {place} is {capital}.",
        "sum": "{expression} = {value}",
        "in_conversation": "You said: {text}",
    },
    "fr": {
        "and": "et",
        "alerts_one": "Une alerte est en cours ({state}) : {alerts}.",
        "alerts_many": "{count} alertes sont en cours ({state}) : {alerts}.",
        "alert": "{event} (gravité {severity})",
        "alert_area": "{event} (gravité {severity}), {area}",
        "alerts_milder": "Des alertes sont en cours ({state}, {count}), mais aucune de la gravité demandée.",
        "alerts_none": "Aucune alerte météo n'est en cours ({state}).",
        "here": "cette zone",
        "error": "Je n'ai pas obtenu de réponse pour {what} : {error}",
        "which_state": "Quel État américain dois-je consulter ? Un nom, une ville ou un code de deux lettres suffit.",
        "which": "Pour cela, il me faut : {what}. Pouvez-vous me le dire ?",
        "posted_one": "C'est fait : j'ai appelé {tool} pour {what}.",
        "notified": "J'ai publié {count} pour {what}.",
        "notice_one": "1 avis",
        "notice_many": "{count} avis",
        "not_notified": "Rien n'a été publié pour {what} : {why}",
        "no_alerts_no_notice": "aucune alerte en cours ne remplit votre condition.",
        "result": "{tool}{what} : {result}",
        "empty": "aucun résultat",
        "hello": "Bonjour{name} ! Que puis-je faire pour vous ?",
        "how_are_you": "Toutes mes règles sont en ordre, merci. Que puis-je faire pour vous ?",
        "thanks": "Je vous en prie{name} !",
        "bye": "Au revoir{name} !",
        "name_noted": "Enchanté, {name} ! Que puis-je faire pour vous ?",
        "your_name": "Vous vous appelez {name}.",
        "no_name": "Vous ne m'avez pas dit votre nom.",
        "noted": "C'est noté : {fact}.",
        "identity": "Je suis le modèle d'entraînement : des règles écrites, pas de réseau de neurones. Je lis les "
        "instructions, les outils "
        "proposés et vos mots, et je fais selon des règles ce que ferait un modèle compétent.",
        "abilities": "Je peux {tools}, vous confier à un spécialiste, remplir des réponses structurées et chercher dans "
        "une petite "
        "bibliothèque. Je suis le modèle d'entraînement : des règles écrites, pas de réseau de neurones.",
        "abilities_none": "répondre en phrases courtes",
        "abilities_tools": "appeler {tools}",
        "unknown": "Je suis le modèle d'entraînement (des règles écrites, pas de réseau de neurones) et ma bibliothèque ne "
        "contient rien sur "
        "« {topic} ». Avec une vraie clé dans .env, un vrai modèle répondrait ici.",
        "language_only": "Je suis le modèle d'entraînement, et mes règles ne contiennent pas de traduction de « {text} ».",
        "translation": "{text}",
        "story": "Il était une fois une histoire de {topic} à laquelle personne ne croyait. Une nuit, une tempête arrêta "
        "tout : les lampes, "
        "les horloges, les voix. Au matin, tout reprit exactement là où tout s'était arrêté, car chaque pas avait été "
        "noté. Et depuis "
        "ce jour, tout le monde dort tranquille.",
        "joke": "Pourquoi le workflow ne s'inquiète-t-il jamais ? Il sait que quelqu'un le reprendra là où il s'est arrêté.",
        "read": "Je n'ai trouvé que ceci, en anglais, dans « {title} » : {text}",
        "state_of": "{place} se trouve dans l'État suivant : {state}.",
        "capital_of": "La capitale ({place}) est {capital}.",
        "sum": "{expression} = {value}",
        "in_conversation": "Vous avez dit : {text}",
    },
    "es": {
        "and": "y",
        "alerts_one": "Hay una alerta activa ({state}): {alerts}.",
        "alerts_many": "Hay {count} alertas activas ({state}): {alerts}.",
        "alert": "{event} (gravedad {severity})",
        "alert_area": "{event} (gravedad {severity}), {area}",
        "alerts_milder": "Hay alertas activas ({state}, {count}), pero ninguna de la gravedad pedida.",
        "alerts_none": "No hay alertas meteorológicas activas ({state}).",
        "here": "esta zona",
        "error": "No he recibido respuesta para {what}: {error}",
        "which_state": "¿Qué estado de EE. UU. debo consultar? Basta un nombre, una ciudad o un código de dos letras.",
        "which": "Para eso necesito saber: {what}. ¿Me lo puede decir?",
        "posted_one": "Hecho: he llamado a {tool} para {what}.",
        "notified": "He publicado {count} para {what}.",
        "notice_one": "1 aviso",
        "notice_many": "{count} avisos",
        "not_notified": "No se ha publicado nada para {what}: {why}",
        "no_alerts_no_notice": "ninguna alerta activa cumple su condición.",
        "result": "{tool}{what}: {result}",
        "empty": "sin resultados",
        "hello": "¡Hola{name}! ¿Qué puedo hacer por usted?",
        "how_are_you": "Todas mis reglas están en orden, gracias. ¿Qué puedo hacer por usted?",
        "thanks": "¡De nada{name}!",
        "bye": "¡Adiós{name}!",
        "name_noted": "¡Mucho gusto, {name}! ¿Qué puedo hacer por usted?",
        "your_name": "Usted se llama {name}.",
        "no_name": "No me ha dicho su nombre.",
        "noted": "Anotado: {fact}.",
        "identity": "Soy el modelo de práctica: reglas escritas, sin red neuronal. Leo las instrucciones, las herramientas "
        "disponibles y "
        "sus palabras, y hago según reglas lo que haría un modelo competente.",
        "abilities": "Puedo {tools}, pasarle a un especialista, rellenar respuestas estructuradas y buscar en una pequeña "
        "biblioteca. Soy el "
        "modelo de práctica: reglas escritas, sin red neuronal.",
        "abilities_none": "responder con frases cortas",
        "abilities_tools": "llamar a {tools}",
        "unknown": "Soy el modelo de práctica (reglas escritas, sin red neuronal) y mi biblioteca no tiene nada sobre "
        "«{topic}». Con una "
        "clave de verdad en .env respondería aquí un modelo de verdad.",
        "language_only": "Soy el modelo de práctica, y mis reglas no contienen una traducción de «{text}».",
        "translation": "{text}",
        "story": "Había una vez una historia de {topic} en la que nadie creía. Una noche, una tormenta lo detuvo todo: las "
        "luces, los relojes, "
        "las voces. Por la mañana todo siguió exactamente donde se había quedado, porque cada paso estaba escrito. Y desde "
        "aquel día "
        "todos duermen tranquilos.",
        "joke": "¿Por qué el workflow nunca se preocupa? Sabe que alguien lo retomará donde se quedó.",
        "read": "Solo he encontrado esto, en inglés, en «{title}»: {text}",
        "state_of": "{place} está en {state}.",
        "capital_of": "La capital ({place}) es {capital}.",
        "sum": "{expression} = {value}",
        "in_conversation": "Usted dijo: {text}",
    },
    "de": {
        "and": "und",
        "alerts_one": "Eine Warnung ist in Kraft ({state}): {alerts}.",
        "alerts_many": "{count} Warnungen sind in Kraft ({state}): {alerts}.",
        "alert": "{event} (Stufe {severity})",
        "alert_area": "{event} (Stufe {severity}), {area}",
        "alerts_none": "Keine Wetterwarnung ist in Kraft ({state}).",
        "which_state": "Welchen US-Bundesstaat soll ich nachsehen?",
        "hello": "Hallo{name}! Was kann ich für Sie tun?",
        "thanks": "Gern geschehen{name}!",
        "bye": "Auf Wiedersehen{name}!",
        "identity": "Ich bin das Übungsmodell: geschriebene Regeln, kein neuronales Netz.",
        "unknown": "Ich bin das Übungsmodell (geschriebene Regeln, kein neuronales Netz), und meine Bibliothek enthält "
        "nichts zu „{topic}“.",
        "read": "Ich habe nur dies gefunden, auf Englisch, in „{title}“: {text}",
        "joke": "Warum macht sich der Workflow nie Sorgen? Er weiß, dass jemand dort weitermacht, wo er aufgehört hat.",
        "name_noted": "Freut mich, {name}! Was kann ich für Sie tun?",
    },
    "it": {
        "and": "e",
        "hello": "Ciao{name}! Che cosa posso fare per te?",
        "thanks": "Prego{name}!",
        "bye": "Arrivederci{name}!",
        "identity": "Sono il modello di pratica: regole scritte, nessuna rete neurale.",
        "unknown": "Sono il modello di pratica (regole scritte, nessuna rete neurale) e la mia biblioteca non contiene "
        "nulla su «{topic}».",
        "read": "Ho trovato solo questo, in inglese, in «{title}»: {text}",
        "which_state": "Quale stato degli USA devo consultare?",
        "name_noted": "Piacere, {name}! Che cosa posso fare per te?",
    },
    "pt": {
        "and": "e",
        "hello": "Olá{name}! O que posso fazer por você?",
        "thanks": "De nada{name}!",
        "bye": "Até logo{name}!",
        "identity": "Sou o modelo de prática: regras escritas, sem rede neural.",
        "unknown": "Sou o modelo de prática (regras escritas, sem rede neural) e a minha biblioteca não tem nada sobre "
        "«{topic}».",
        "read": "Só encontrei isto, em inglês, em «{title}»: {text}",
        "which_state": "Que estado dos EUA devo consultar?",
        "name_noted": "Prazer, {name}! O que posso fazer por você?",
    },
}


def speaks(language: str) -> bool:
    """Whether the model can say at least the common things in that language."""
    return language in _PHRASES


def say(key: str, language: str, **values: object) -> str:
    """A sentence in that language; in English where the model does not have it in the language asked for."""
    phrase = _PHRASES.get(language, {}).get(key) or _PHRASES["en"][key]
    return phrase.format(**values)
